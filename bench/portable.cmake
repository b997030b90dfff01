# ERGON_PORTABLE: programs for machines that have a C library and nothing else, of this machine's
# version or newer (Debian 12's is glibc 2.36). Libraries are linked as archives; what has none, or
# is large, is left out (CMakePresets.json, "portable"). Not -static: drivers and NVIDIA's libraries
# are opened at run time.

find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(CLI11 REQUIRED)
find_package(benchmark REQUIRED)

# Debian has no archive of fmt.
find_path(fmt_INCLUDE fmt/format.h REQUIRED)
foreach(name fmt fmt-header-only)
  add_library(fmt::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(fmt::${name} SYSTEM INTERFACE ${fmt_INCLUDE})
  target_compile_definitions(fmt::${name} INTERFACE FMT_HEADER_ONLY=1)
endforeach()

# yaml-cpp's own CMake target names the shared library.
find_library(yaml_ARCHIVE libyaml-cpp.a REQUIRED)
find_path(yaml_INCLUDE yaml-cpp/yaml.h REQUIRED)
add_library(yaml-cpp STATIC IMPORTED GLOBAL)
set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION ${yaml_ARCHIVE})
target_include_directories(yaml-cpp SYSTEM INTERFACE ${yaml_INCLUDE})

set(OPENSSL_USE_STATIC_LIBS ON)
set(ZLIB_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)

# The serial HDF5, with what it compresses by.
find_library(hdf5_ARCHIVE libhdf5_serial.a REQUIRED)
find_library(sz_ARCHIVE libsz.a REQUIRED)
find_library(aec_ARCHIVE libaec.a REQUIRED)
find_path(hdf5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial REQUIRED)
add_library(PkgConfig::hdf5 STATIC IMPORTED GLOBAL)
set_target_properties(PkgConfig::hdf5 PROPERTIES IMPORTED_LOCATION ${hdf5_ARCHIVE})
target_include_directories(PkgConfig::hdf5 SYSTEM INTERFACE ${hdf5_INCLUDE})
target_link_libraries(PkgConfig::hdf5 INTERFACE
  ${sz_ARCHIVE} ${aec_ARCHIVE} ZLIB::ZLIB ${CMAKE_DL_LIBS} m)
find_package(PkgConfig REQUIRED)

execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.a
                OUTPUT_VARIABLE gomp_ARCHIVE OUTPUT_STRIP_TRAILING_WHITESPACE)
set(OpenMP_gomp_LIBRARY ${gomp_ARCHIVE} CACHE FILEPATH "OpenMP's archive" FORCE)
find_package(OpenMP REQUIRED COMPONENTS CXX)

target_link_options(ergon_flags INTERFACE -static-libstdc++ -static-libgcc)
