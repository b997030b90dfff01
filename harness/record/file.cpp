#include "harness/record/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "kernels/error.h"

namespace ergon {
namespace {

// " (process 4711)", from /proc/locks, whose lines read
// "1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF"; empty where the lock is another host's.
std::string lock_holder(int fd) {
  struct stat file {};
  if (fstat(fd, &file) != 0) return "";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    int process = 0;
    unsigned int device_major = 0, device_minor = 0;
    std::uint64_t inode = 0;
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d %x:%x:%" SCNu64, &process, &device_major,
                    &device_minor, &inode) == 4 &&
        inode == file.st_ino && device_major == major(file.st_dev) &&
        device_minor == minor(file.st_dev)) {
      return " (process " + std::to_string(process) + ")";
    }
  }
  return "";
}

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, int error) {
  throw Error(file.string() + ": " + what + ": " + error_text(error));
}

// Whether the name still leads to the open file: it may have been renamed before it was locked.
bool is_still_named(const FileDescriptor& open, const std::filesystem::path& file) {
  struct stat named {};
  struct stat opened {};
  return stat(file.c_str(), &named) == 0 && fstat(open.number(), &opened) == 0 &&
         named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

int write_anew(int fd, std::span<const std::byte> bytes) {
  if (ftruncate(fd, 0) != 0) return errno;
  if (const int error = write_all(fd, bytes); error != 0) return error;
  return fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

std::string error_text(int error) { return std::generic_category().message(error); }

FileDescriptor open_locked(const std::filesystem::path& file) {
  for (;;) {
    FileDescriptor opened(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (opened.number() < 0) {
      if (errno == ENOENT) {
        throw Error(file.string() + ": there is no folder " + file.parent_path().string() +
                    "; create it, or name another output");
      }
      fail(file, "cannot be opened for writing", errno);
    }
    if (flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        throw Error(file.string() + ": another ergon" + lock_holder(opened.number()) +
                    " is writing it; wait for it to end, or name another output");
      }
      // A file system without locks (some network mounts) still keeps records.
      if (errno != ENOLCK && errno != ENOSYS && errno != EOPNOTSUPP) {
        fail(file, "cannot be locked", errno);
      }
    }
    if (is_still_named(opened, file)) return opened;
  }
}

int write_all(int fd, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written == 0 ? ENOSPC : errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

void sync_folder_of(const std::filesystem::path& file) {
  const std::filesystem::path parent = file.parent_path();
  const std::filesystem::path folder = parent.empty() ? "." : parent;
  const FileDescriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: the file system does not sync folders, and there is nothing else to ask of it.
  if (opened.number() < 0 || (fsync(opened.number()) != 0 && errno != EINVAL)) {
    fail(folder, "the folder cannot be synced", errno);
  }
}

void replace_file(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  std::error_code not_there;
  const std::filesystem::path real =
      std::filesystem::is_symlink(file, not_there) ? std::filesystem::weakly_canonical(file) : file;
  std::filesystem::path temporary = real;
  temporary += ".tmp";
  const FileDescriptor opened = open_locked(temporary);
  struct stat before {};
  if (stat(real.c_str(), &before) == 0) (void)fchmod(opened.number(), before.st_mode & 07777);
  if (const int error = write_anew(opened.number(), bytes); error != 0) {
    unlink(temporary.c_str());
    throw Error(file.string() + ": cannot be written: " + error_text(error) +
                "; what was there before is untouched; make room, or name another output");
  }
  if (rename(temporary.c_str(), real.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    fail(file, "cannot be replaced", error);
  }
  sync_folder_of(real);
}

}  // namespace ergon
