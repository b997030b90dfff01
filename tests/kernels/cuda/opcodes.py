"""Which bits stand for which instruction of an architecture, learnt from what nvcc makes of
instructions.cu: the operation that occurs 6 times more in 11 than in 5 of an instruction, and 12
times more in 23, is the instruction's. HMMA_F16 and HMMA_BF16 are one operation, told apart by the
modifier bits in which they differ.
"""

import collections

import sass

COUNTS = (5, 11, 23)


class Opcodes:
    """What was learnt for one architecture, from the kernels of its cubin (sass.words)."""

    def __init__(self, kernels):
        names = sorted({name.rsplit("_x", 1)[0] for name in kernels})
        self._operation = {}  # HMMA: its number; HMMA_F16 likewise
        self._modifiers = {}  # HMMA_F16: (mask, value)
        usual = {}
        for name in names:
            few, more, most = (kernels[f"{name}_x{count}"] for count in COUNTS)
            operation = learn(name, *map(sass.histogram, (few, more, most)))
            modifiers = collections.Counter(
                sass.modifiers(word) for word in most if sass.operation(word) == operation
            )
            self._operation[name] = operation
            usual[name] = modifiers.most_common(1)[0][0]
        for name in names:
            base, _, kind = name.partition("_")
            if kind:
                kinds = [other for other in names if other.startswith(base + "_")]
                self._learn_kind(name, kinds, usual)
        numbers = {}
        for name in (name for name in self._operation if "_" not in name):
            if numbers.setdefault(self._operation[name], name) != name:
                raise ValueError(f"{name} and {numbers[self._operation[name]]} are one operation")

    def _learn_kind(self, name, kinds, usual):
        base = name.partition("_")[0]
        operations = {self._operation[kind] for kind in kinds}
        if len(operations) > 1:
            raise ValueError(f"{kinds} are several operations: {operations}")
        self._operation[base] = self._operation[name]
        mask = 0
        for kind in kinds:
            mask |= usual[kind] ^ usual[name]
        if any(usual[kind] & mask == usual[name] & mask for kind in kinds if kind != name):
            raise ValueError(f"{name}: no modifier tells it from others of {kinds}")
        self._modifiers[name] = (mask, usual[name] & mask)

    def count(self, instruction, words):
        """How many of the words are this instruction: HMMA of any type, HMMA_BF16 of one."""
        operation = self._operation[instruction]
        mask, value = self._modifiers.get(instruction, (0, 0))
        return sum(
            sass.operation(word) == operation and sass.modifiers(word) & mask == value
            for word in words
        )


def learn(name, few, more, most):
    found = [
        operation
        for operation in most
        if more[operation] - few[operation] == COUNTS[1] - COUNTS[0]
        and most[operation] - more[operation] == COUNTS[2] - COUNTS[1]
    ]
    if len(found) != 1:
        raise ValueError(f"{name}: {len(found)} operations occur as often as it, not one: {found}")
    return found[0]
