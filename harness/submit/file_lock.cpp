#include "harness/submit/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "kernels/error.h"

namespace ergon {

FileDescriptor wait_for_lock(const std::filesystem::path& file) {
  // Without O_CREAT first: in a folder that all may write to, some kernels refuse it for a file of
  // another user's (fs.protected_regular).
  FileDescriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.number() < 0) {
    opened = FileDescriptor(open(file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
  }
  if (opened.number() < 0) {
    throw Error(file.string() +
                ": cannot be opened to lock it: " + std::generic_category().message(errno));
  }
  while (flock(opened.number(), LOCK_EX) != 0 && errno == EINTR) continue;
  return opened;
}

}  // namespace ergon
