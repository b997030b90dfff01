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

std::string hex(const void* pointer) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  std::string text = "0x";
  for (int shift = 8 * static_cast<int>(sizeof(address)) - 4; shift >= 0; shift -= 4) {
    const auto digit = (address >> shift) & 15U;
    if (digit != 0 || text.size() > 2 || shift == 0) text += kDigits[digit];
  }
  return text;
}

}  // namespace

std::string Block::who() const {
  return "thread " + std::to_string(current_thread->index) + " of block (" + std::to_string(x_) +
         ", " + std::to_string(y_) + ", " + std::to_string(z_) + ")";
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

void Block::fail(Call call, const std::string& what) {
  error_ = who() + ", in " + call.what + place_text(call.place) + ": " + what;
  Thread& thread = *current_thread;
  current_thread = nullptr;
  switch_fiber(thread.fiber, host_);
  __builtin_unreachable();
}

void Block::need_sm(int sm, Call call) {
  if (shape_.sm >= sm) return;
  fail(call, "needs sm_" + std::to_string(sm) + ", but the kernel says sm_" +
                 std::to_string(shape_.sm) + "; raise its kSm");
}

void Block::need_aligned(const void* pointer, std::size_t bytes, Call call) {
  if (reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0) return;
  fail(call, "the address " + hex(pointer) + " is no multiple of " + std::to_string(bytes));
}

void Block::need_shared(const void* pointer, std::size_t bytes, Call call) {
  if (shared_.holds(pointer, bytes)) return;
  const auto offset = static_cast<const std::byte*>(pointer) - shared_.data();
  fail(call, std::to_string(bytes) + " bytes at offset " + std::to_string(offset) +
                 " are not in the block's " + std::to_string(shared_.bytes()) +
                 " bytes of shared memory");
}

}  // namespace ergon::model
