#include "harness/run/interrupt.h"

#include <csignal>

namespace ergon {
namespace {

// A signal handler reaches nothing but a variable of the program.
volatile std::sig_atomic_t noted = 0;

extern "C" void note_signal(int signal) { noted = signal; }

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  noted = 0;
  handle(note_signal);
}

InterruptGuard::~InterruptGuard() { handle(SIG_DFL); }

bool InterruptGuard::interrupted() const { return noted != 0; }

int InterruptGuard::last_signal() { return noted; }

}  // namespace ergon
