#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/cuda/f16.h"
#include "kernels/cuda/space.h"

// What one thread of a CUDA kernel can do: the whole of what our kernels use of a GPU. Functions of
// namespace ERGON_CUDA, the same names under both compilers:
//
// Where the thread is. Blocks are one-dimensional, grids three-dimensional.
//   int thread_index(), block_threads(), lane_index(), warp_index()
//   int block_x(), block_y(), block_z(), blocks_x(), blocks_y(), blocks_z()
//   std::byte* shared_memory()             dynamic shared memory of the block, 1024-byte aligned
//
// Waiting. Shared memory written before is seen behind.
//   void block_barrier()                   all threads of the block that have not ended
//   void group_barrier(int id, int threads)  1 <= id <= 15; so many threads, a multiple of 32
//   void warp_barrier()                    all 32 lanes, as in everything below that says "warp"
//
// Between the lanes of a warp. T has 4 bytes.
//   T shuffle(T value, int lane)           the lane's value
//   T shuffle_xor(T value, int mask)       that of lane_index() ^ mask
//   bool any(bool), all(bool)
//
// Global memory. V has 2, 4, 8 or 16 bytes and lies at a multiple of them.
//   V load_once(const V*)                  not kept in the first-level cache; memory that nothing
//                                          writes while the kernel runs
//   V load_often(const V*)                 likewise, and kept there: others will read it too
//   void store_once(V*, const V&)          written to memory first of all
//   float atomic_add(float*, float), int atomic_add(int*, int), int atomic_max(int*, int)
//
// Asynchronous copies from global to shared memory (sm_80), kSize 4, 8 or 16 bytes at multiples of
// them. Groups are per thread, and complete in order; other threads see copies behind a wait of the
// copying thread and a barrier.
//   copy_async<kSize>(void* shared, const void* global, bool valid = true)
//                                          zeros, and nothing is read, where not valid
//   void commit_copies()                   closes a group of the copies since the last
//   wait_copies<kPending>()                until at most so many closed groups are under way
//
// Matrices (sm_75 and up; mma on bf16 and tf32 sm_80). Fragments as in the PTX ISA, "Matrix
// Fragments for mma.m16n8k16": with g = lane / 4 and t = lane % 4, a 32-bit register of 16-bit
// elements holds two with the lower column (of b: row) in the lower half.
//   load_matrices(std::uint32_t (&r)[kCount], const void* row)   ldmatrix .x1, .x2, .x4: 8 x 8
//       matrices of 16-bit elements in shared memory. Lane 8 i + j gives the address, a multiple of
//       16, of row j of matrix i; lane l receives elements 2 (l % 4) and + 1 of row l / 4.
//   load_matrices_transposed(r, row)       each matrix transposed: elements (2 (l % 4), l / 4) and
//                                          (2 (l % 4) + 1, l / 4)
//   mma(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], F16{} | Bf16{})
//       c (16 x 8) += a (16 x 16) b (16 x 8), m16n8k16
//   mma(float (&c)[4], const std::uint32_t (&a)[2], std::uint32_t b, F16{})    m16n8k8, sm_75
//   mma_tf32(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2])   m16n8k8
//       of f32 bits, as round_tf32 gives them (what is below 10 bits of mantissa is not read)
//
// Numbers.
//   float widen(F16 | Bf16 | float)        exact
//   E narrow_to<E>(float)                  E of F16, Bf16, float: to nearest even
//   std::uint32_t pack<E>(float low, float high)   two of narrow_to<E>, E of F16 and Bf16
//   float low_half<E>(std::uint32_t), high_half<E>(std::uint32_t)   widened
//   std::uint32_t round_tf32(float)        to nearest, ties away from zero, as cvt.rna
//   float exp2_fast(float)                 2 ulp; -infinity gives 0
//   float tanh_fast(float)                 relative error 2^-11, sm_75; for outputs of 16 bits
//   float rsqrt_fast(float)                2 ulp
//   float reciprocal_fast(float)           1 ulp; results below 2^-126 are 0
//   float fma(float, float, float), max(float, float), min(float, float), exp(float), tanh(float)
//   float divide_fast(float, float)        2 ulp for divisors of 2^-126 to 2^126
//
// Registers.
//   int fresh(int value)                   the value, of which the compiler knows nothing: what is
//                                          computed of it in a loop is computed anew each time, and
//                                          not kept in registers, of which there may be too few
//
// Time.
//   std::uint64_t nanoseconds()            of a clock common to the GPU; may tick coarsely
#if defined(__CUDACC__)
#include "kernels/cuda/hardware.inl.h"
#else
#include "kernels/cuda/model/lanes.h"
#endif
