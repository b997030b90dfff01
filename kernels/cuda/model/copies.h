#pragma once

#include "kernels/cuda/model/block.h"

// cp.async. A copy reads its source and lands somewhen from its issue to the wait that completes
// it; until then its destination is 0xff, NaN. Half of the blocks land copies as late as they may.
namespace ergon::model {

void issue_copy(Thread& thread, const Copy& copy, Call call);
void close_group(Thread& thread);
// Lands the groups but for the youngest `pending` ones.
void wait_groups(Thread& thread, int pending);
// What a thread leaves under way when it ends.
void land_all(Thread& thread);

}  // namespace ergon::model
