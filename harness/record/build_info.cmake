# Run at every build: cmake -D source=... -D output=... -D compiler=... -D flags=... -D
# build_type=... -P build_info.cmake. Writes the C++ source that defines ergon::build_info(), only
# where it would differ, so that a build without changes compiles nothing.

cmake_minimum_required(VERSION 3.25)

# Git revision, and whether tracked files differ from it; empty outside a git checkout of ergon.
function(read_git revision_out dirty_out)
  set(git git -c safe.directory=${source} -C ${source})
  execute_process(COMMAND ${git} rev-parse --show-toplevel HEAD OUTPUT_VARIABLE lines
                  RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${revision_out} "" PARENT_SCOPE)
  set(${dirty_out} false PARENT_SCOPE)
  if(failed)
    return()
  endif()
  string(REPLACE "\n" ";" lines "${lines}")
  list(GET lines 0 top)
  list(GET lines 1 revision)
  file(REAL_PATH "${top}" top)
  file(REAL_PATH "${source}" here)
  if(NOT top STREQUAL here)
    return()
  endif()
  execute_process(COMMAND ${git} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes
                  ERROR_QUIET)
  set(${revision_out} ${revision} PARENT_SCOPE)
  if(changes)
    set(${dirty_out} true PARENT_SCOPE)
  endif()
endfunction()

# "path sha256" lines of the sources in a folder of kernels/ (recursive), or of kernels/ itself.
function(hash_folder folder out)
  if(folder STREQUAL "")
    set(pattern ${source}/kernels/)
    set(mode GLOB)
  else()
    set(pattern ${source}/kernels/${folder}/)
    set(mode GLOB_RECURSE)
  endif()
  file(${mode} files RELATIVE ${source} ${pattern}*.h ${pattern}*.cpp ${pattern}*.cu ${pattern}*.cuh)
  list(SORT files)
  set(lines "")
  foreach(file IN LISTS files)
    file(SHA256 ${source}/${file} sum)
    string(APPEND lines "${file} ${sum}\n")
  endforeach()
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

# Folders of other primitives whose headers the sources of `folder` include.
function(find_borrowed folder out)
  file(GLOB_RECURSE files ${source}/kernels/${folder}/*.h ${source}/kernels/${folder}/*.cpp
       ${source}/kernels/${folder}/*.cu ${source}/kernels/${folder}/*.cuh)
  set(borrowed "")
  foreach(file IN LISTS files)
    file(STRINGS ${file} includes REGEX "^#include \"kernels/[a-z0-9_]+/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"kernels/([a-z0-9_]+)/.*$" "\\1" from "${include}")
      if(from IN_LIST primitives AND NOT from STREQUAL folder)
        list(APPEND borrowed ${from})
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES borrowed)
  list(SORT borrowed)
  set(${out} "${borrowed}" PARENT_SCOPE)
endfunction()

read_git(revision dirty)

# kernels/gemm holds a primitive, having a gemm.cpp; kernels/cpu is shared by all of them.
file(GLOB folders RELATIVE ${source}/kernels ${source}/kernels/*)
list(SORT folders)
set(primitives "")
hash_folder("" shared)
foreach(folder IN LISTS folders)
  if(EXISTS ${source}/kernels/${folder}/${folder}.cpp)
    list(APPEND primitives ${folder})
  elseif(IS_DIRECTORY ${source}/kernels/${folder})
    hash_folder(${folder} lines)
    string(APPEND shared "${lines}")
  endif()
endforeach()

set(kernels "")
foreach(primitive IN LISTS primitives)
  hash_folder(${primitive} lines)
  find_borrowed(${primitive} borrowed)
  foreach(other IN LISTS borrowed)
    hash_folder(${other} more)
    string(APPEND lines "${more}")
  endforeach()
  string(SHA256 sum "${shared}${lines}")
  string(APPEND kernels "\n      {\"${primitive}\", \"${sum}\"},")
endforeach()

file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include \"harness/record/build_info.h\"

namespace ergon {

const BuildInfo& build_info() {
  static constexpr KernelSource kKernels[] = {@kernels@
  };
  static constexpr BuildInfo kBuild{.revision = \"@revision@\",
                                    .dirty = @dirty@,
                                    .compiler = R\"ergon(@compiler@)ergon\",
                                    .flags = R\"ergon(@flags@)ergon\",
                                    .build_type = \"@build_type@\",
                                    .kernels = kKernels};
  return kBuild;
}

}  // namespace ergon
")
