#include <dlfcn.h>

#include <string>
#include <string_view>

#include "kernels/cuda/model/block.h"

// What Block says when a kernel is wrong.
namespace ergon::model {
namespace {

std::string place_text(const Place& place) {
  if (place.file == nullptr) return "";
  return " (" + std::string(place.file) + ":" + std::to_string(place.line) + ")";
}

// "waits in shuffle (kernels/softmax/cuda_simt.cu:40)".
std::string state_text(const Thread& thread) {
  switch (thread.waits_for) {
    case Wait::nothing:
      return "may run";
    case Wait::ended:
      return "ended";
    case Wait::group:
      return std::string("waits in ") + thread.call.what + " " + std::to_string(thread.group) +
             " of " + std::to_string(thread.group_threads) + " threads" +
             place_text(thread.call.place);
    case Wait::warp:
    case Wait::block:
      return std::string("waits in ") + thread.call.what + place_text(thread.call.place);
  }
  return "";
}

std::string hex(std::int64_t address) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (auto rest = static_cast<std::uint64_t>(address); rest != 0 || text.empty(); rest /= 16) {
    text.insert(text.begin(), kDigits[rest % 16]);
  }
  return "0x" + text;
}

// For addr2line, which a program built with -g answers.
std::string code_text(const void* code) {
  Dl_info info;
  if (code == nullptr || dladdr(code, &info) == 0) return "";
  const auto offset = reinterpret_cast<std::intptr_t>(code) -
                      reinterpret_cast<std::intptr_t>(info.dli_fbase) - 1;  // the call before
  return std::string(" (addr2line -ife ") + info.dli_fname + " " + hex(offset) + ")";
}

}  // namespace

std::string Block::what_it_met() const {
  const auto& [did, thread, offset, code] = met_;
  const std::string who = "thread " + std::to_string(thread);
  switch (did) {
    case Races::Did::nothing:
      return "";
    case Races::Did::read:
      return "which " + who + " read, and no barrier lies between";
    case Races::Did::wrote:
      return "which " + who + " wrote" + code_text(code) + ", and no barrier lies between";
    case Races::Did::copies:
      return "to which " + who + " is copying: it has not waited for that copy";
  }
  return "";
}

// Of every thread, neighbours in the same state together; at most so many, since threads that are
// all elsewhere say nothing.
std::string Block::where_threads_are() const {
  constexpr int kRangesMax = 24;
  std::string text;
  int ranges = 0;
  for (int first = 0; first < shape_.threads;) {
    const std::string state = state_text(*threads_[first]);
    int last = first;
    while (last + 1 < shape_.threads && state_text(*threads_[last + 1]) == state) ++last;
    if (++ranges > kRangesMax) return text + "; ...";
    text += (text.empty() ? "" : "; ");
    text += first == last ? "thread " + std::to_string(first)
                          : "threads " + std::to_string(first) + " to " + std::to_string(last);
    text += ": " + state;
    first = last + 1;
  }
  return text;
}

std::string Block::what_is_wrong() const {
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  const auto& [wrong, thread, call, first, second, code] = failure_;
  switch (wrong) {
    case Wrong::none:
      return "";
    case Wrong::nobody_can_go_on:
      return "no thread can go on: " + where_threads_are();
    case Wrong::lanes_apart:
      return "lanes of a warp are in different places: " + where_threads_are();
    case Wrong::group_of_no_such_id:
      return "there is no group barrier " + number(first) + ", only 1 to 15";
    case Wrong::group_of_no_such_size:
      return "a group of " + number(first) + " threads is no multiple of 32 to " +
             number(shape_.threads);
    case Wrong::group_of_two_sizes:
      return "the group is of " + number(first) + " threads for those before, of " +
             number(second) + " here";
    case Wrong::group_of_part_of_a_warp:
      return "the barrier is full, but not of whole warps: " + where_threads_are();
    case Wrong::misaligned:
      return "the address " + hex(first) + " is no multiple of " + number(second);
    case Wrong::outside_shared:
      return number(second) + " bytes at offset " + number(first) + " are not in the block's " +
             number(static_cast<std::int64_t>(shared_.bytes())) + " bytes of shared memory";
    case Wrong::outside_memory:
      return number(second) + " bytes at " + hex(first) + " are not the kernel's" + code_text(code);
    case Wrong::unordered:
      return "byte " + number(first) + " of shared memory" + code_text(code) + ", " + what_it_met();
    case Wrong::sm_too_low:
      return "needs sm_" + number(first) + ", but the kernel says sm_" + number(shape_.sm) +
             "; raise its kSm";
    case Wrong::mask_outside:
      return "the mask " + number(first) + " leaves the warp";
  }
  return "";
}

std::string Block::describe_failure() const {
  return "thread " + std::to_string(failure_.thread->index) + " of block (" + std::to_string(x_) +
         ", " + std::to_string(y_) + ", " + std::to_string(z_) + "), in " + failure_.call.what +
         place_text(failure_.call.place) + ": " + what_is_wrong();
}

std::string Block::describe_changed_read() const {
  const OnceReads::Read* read = once_reads_.changed();
  if (read == nullptr) return "";
  return "thread " + std::to_string(read->thread) + " of a block, in " + read->call.what +
         place_text(read->call.place) + ": the launch writes to what was read";
}

void Block::fail(Call call, Wrong wrong, std::int64_t first, std::int64_t second,
                 const void* code) {
  Thread& thread = *current_thread;
  failure_ = {wrong, &thread, call, first, second, code};
  switch_fiber(thread.fiber, host_);
  __builtin_unreachable();
}

void Block::need_sm(int sm, Call call) {
  if (shape_.sm < sm) fail(call, Wrong::sm_too_low, sm);
}

void Block::need_aligned(const void* pointer, std::size_t bytes, Call call) {
  const auto address = reinterpret_cast<std::intptr_t>(pointer);
  const auto multiple = static_cast<std::int64_t>(bytes);
  if (address % multiple != 0) fail(call, Wrong::misaligned, address, multiple);
}

void Block::need_shared(const void* pointer, std::size_t bytes, Call call) {
  if (shared_.holds(pointer, bytes)) return;
  const std::int64_t offset = static_cast<const std::byte*>(pointer) - shared_.data();
  fail(call, Wrong::outside_shared, offset, static_cast<std::int64_t>(bytes));
}

}  // namespace ergon::model
