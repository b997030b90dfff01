#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/command.h"
#include "harness/submit/command_output.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> files;
  std::string output, title, images, format = "svg", python;
};

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path own_path() { return fs::read_symlink("/proc/self/exe"); }

// In the order in which they are tried. build/release/bench/ergon has build/venv beside it.
std::vector<std::string> interpreters(const Options& options) {
  if (!options.python.empty()) return {options.python};
  if (const std::string given = environment("ERGON_PYTHON"); !given.empty()) return {given};
  std::vector<std::string> found;
  if (const std::string active = environment("VIRTUAL_ENV"); !active.empty()) {
    found.push_back(active + "/bin/python");
  }
  const fs::path folder = own_path().parent_path();
  for (const fs::path& venv : {fs::path("venv"), fs::path(".venv"), folder / "../../venv"}) {
    if (fs::exists(venv / "bin/python")) found.push_back((venv / "bin/python").string());
  }
  found.emplace_back("python3");
  return found;
}

// Whether it has the package and plotly; looked for, not imported, which would take a second.
bool has_report(const std::string& python) {
  static constexpr const char* kLook =
      "import importlib.util as u, os, sys; e = u.find_spec('ergon'); "
      "there = e and any(os.path.isdir(os.path.join(p, 'report')) "
      "for p in e.submodule_search_locations or []); "
      "sys.exit(0 if there and u.find_spec('plotly') else 1)";
  const std::array<std::string, 3> words{python, "-c", kLook};
  return run_command(words).exit_code == 0;
}

std::string interpreter(const Options& options) {
  const std::vector<std::string> all = interpreters(options);
  for (const std::string& python : all) {
    if (has_report(python)) return python;
  }
  throw Error(
      fmt::format("report: no Python here has the packages ergon and plotly; tried {}. In the "
                  "folder of ergon's sources:\n  python3 -m venv venv\n  venv/bin/pip install "
                  "'./analysis/python[report]'\nand then ergon report --python venv/bin/python ...",
                  fmt::join(all, ", ")));
}

std::vector<std::string> command_line(const Options& options) {
  std::vector<std::string> words{interpreter(options), "-m", "ergon.report", "-o", options.output};
  if (!options.title.empty()) words.push_back("--title=" + options.title);
  if (!options.images.empty()) words.push_back("--static=" + options.images);
  words.push_back("--format=" + options.format);
  words.emplace_back("--");
  words.insert(words.end(), options.files.begin(), options.files.end());
  return words;
}

// Becomes the interpreter: its output and its exit code are the command's.
[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // Predictions in the page are those of this ergon.
  setenv("ERGON", own_path().c_str(), 0);
  execvp(arguments[0], arguments.data());
  throw Error(fmt::format("report: {} cannot be started", words[0]));
}

void add(CLI::App& app, int&) {
  const auto options = std::make_shared<Options>();
  app.add_option("files", options->files,
                 "result files, energy tables, network predictions (predict --network --json), "
                 "comparisons (compare --format json)")
      ->required();
  app.add_option("-o,--output", options->output, "the page, HTML")->required();
  app.add_option("--title", options->title, "heading of the page");
  app.add_option("--static", options->images, "folder: every picture as an image, too");
  app.add_option("--format", options->format, "of the images")
      ->check(CLI::IsMember({"svg", "png"}))
      ->capture_default_str();
  app.add_option("--python", options->python,
                 "interpreter that has the package; left out: $ERGON_PYTHON, a venv here or beside "
                 "ergon, python3");
  app.callback([options] { become(command_line(*options)); });
}

}  // namespace

namespace command {

extern const Command report{
    .name = "report",
    .description = "one page, which opens offline, of what files and tables say",
    .examples =
        "  ergon report results/quickstart.h5 results/quickstart.table.json -o report.html\n"
        "  ergon report old.h5 new.h5 -o report.html --static images --format png\n"
        "  ergon report bert.json -o report.html --python venv/bin/python\n",
    .add = add,
};

}  // namespace command
}  // namespace ergon
