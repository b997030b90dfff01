#include "harness/submit/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "harness/file_descriptor.h"
#include "kernels/error.h"

namespace ergon {
namespace {

struct Pipe {
  FileDescriptor read, write;
};

Pipe open_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error("no pipe to be had: too many open files");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Between fork and exec: only what is safe after a fork of a threaded program.
[[noreturn]] void become(char* const* words, const Pipe& out, const Pipe& error, int inherited) {
  const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(none, STDIN_FILENO);
  dup2(out.write.number(), STDOUT_FILENO);
  dup2(error.write.number(), STDERR_FILENO);
  if (inherited >= 0) fcntl(inherited, F_SETFD, 0);
  execvp(words[0], words);
  _exit(127);
}

// Reads both until both end, so that neither fills while the other is read.
void drain(int out, int error, CommandOutput& output) {
  std::array<pollfd, 2> open{{{out, POLLIN, 0}, {error, POLLIN, 0}}};
  std::array<std::string*, 2> texts{&output.out, &output.error};
  std::array<char, 1 << 16> buffer;
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    if (poll(open.data(), open.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].fd < 0 || open[i].revents == 0) continue;
      const ssize_t got = read(open[i].fd, buffer.data(), buffer.size());
      if (got > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR)) open[i].fd = -1;
    }
  }
}

}  // namespace

CommandOutput run_command(std::span<const std::string> words, int inherited) {
  ERGON_ASSERT(!words.empty());
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Pipe out = open_pipe(), error = open_pipe();
  const pid_t child = fork();
  if (child < 0) throw Error(words[0] + ": cannot be started: no process to be had");
  if (child == 0) become(arguments.data(), out, error, inherited);
  out.write = FileDescriptor();
  error.write = FileDescriptor();
  CommandOutput output;
  drain(out.read.number(), error.read.number(), output);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace ergon
