#pragma once

// CUDA kernels are compiled twice: by nvcc for GPUs, and by a C++ compiler for a functional model
// of one (kernels/cuda/model), on which they are tested without a GPU. A program may hold both, so
// each has namespaces of its own: ERGON_CUDA for device code, ERGON_CUDA_KERNELS for Kernel
// constants.
#if defined(__CUDACC__)
#define ERGON_CUDA hardware
#define ERGON_CUDA_KERNELS kernel
#define ERGON_LANE __device__ __forceinline__
#define ERGON_UNROLL _Pragma("unroll")
#else
#define ERGON_CUDA model
#define ERGON_CUDA_KERNELS model_kernel
#define ERGON_LANE inline
#define ERGON_UNROLL
#endif
