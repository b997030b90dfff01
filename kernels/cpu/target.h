#pragma once

// Regions of a source file that are compiled for an instruction set, whatever the file's flags:
//
//   #include <immintrin.h>            // every header first: inline functions of a header that was
//   #include "kernels/cpu/target.h"   // read inside a region would leak its instructions into
//                                     // code that runs on any machine
//   ERGON_TARGET_BEGIN_AVX512
//   namespace { void micro_6x64(...) { ... _mm512_fmadd_ps ... } }
//   ERGON_TARGET_END
//
// A region holds serial code only: clang refuses intrinsics inside an OpenMP loop, so loops and
// threads stay outside. Call into a region only where cpu_features() has the set.
#if defined(__x86_64__)
#define ERGON_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define ERGON_TARGET_BEGIN(features) \
  ERGON_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define ERGON_TARGET_END ERGON_PRAGMA(clang attribute pop)
#else
// g++ 12 warns of its own _mm512_undefined_ps (GCC bug 105593).
#define ERGON_TARGET_BEGIN(features)                     \
  ERGON_PRAGMA(GCC push_options)                         \
  ERGON_PRAGMA(GCC target(features))                     \
  ERGON_PRAGMA(GCC diagnostic push)                      \
  ERGON_PRAGMA(GCC diagnostic ignored "-Wuninitialized") \
  ERGON_PRAGMA(GCC diagnostic ignored "-Wmaybe-uninitialized")
#define ERGON_TARGET_END        \
  ERGON_PRAGMA(GCC pop_options) \
  ERGON_PRAGMA(GCC diagnostic pop)
#endif
#define ERGON_TARGET_BEGIN_AVX2 ERGON_TARGET_BEGIN("avx2,fma,f16c,bmi,bmi2")
#define ERGON_TARGET_BEGIN_AVX512 \
  ERGON_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2")
#define ERGON_TARGET_BEGIN_AVX512_BF16 \
  ERGON_TARGET_BEGIN("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2")
#define ERGON_TARGET_BEGIN_AVX512_VNNI \
  ERGON_TARGET_BEGIN("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2")
#endif

// Before a loop of constant bounds over registers: unrolls it whole at any optimisation level.
#if defined(__clang__)
#define ERGON_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ERGON_UNROLL _Pragma("GCC unroll 64")
#endif
