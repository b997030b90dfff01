#include "harness/submit/intents.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <span>

#include <nlohmann/json.hpp>

#include "harness/record/file.h"
#include "kernels/error.h"

namespace ergon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<const char*, 4> kFates = {"intended", "accepted", "refused", "cancelled"};

fs::path file_in(const fs::path& campaign) { return campaign / "journal.jsonl"; }

json to_json(const Submission& of) {
  return {{"entry", "submission"},
          {"number", of.number},
          {"scheduler", of.scheduler},
          {"site", of.site_text},
          {"program", of.program},
          {"kernels_hash", of.kernels_hash},
          {"build_hash", of.build_hash},
          {"first_shard", of.first_shard},
          {"shards", of.shards},
          {"array_max", of.array_max},
          {"held", of.held},
          {"visits", of.visits},
          {"exclude", of.exclude}};
}

json to_json(const IntendedJob& of) {
  return {
      {"entry", "job"},    {"tag", of.tag},     {"submission", of.submission},
      {"first", of.first}, {"tasks", of.tasks}, {"fate", kFates[static_cast<std::size_t>(of.fate)]},
      {"job", of.job},     {"why", of.why}};
}

json to_json(const EndedShard& of) {
  return {{"entry", "ended"}, {"shard", of.shard}, {"state", of.state},
          {"node", of.node},  {"done", of.done},   {"visit", of.visit}};
}

Submission submission_from(const json& from) {
  Submission of;
  of.number = from.at("number");
  of.scheduler = from.at("scheduler");
  of.site_text = from.at("site");
  of.program = from.at("program");
  of.kernels_hash = from.at("kernels_hash");
  of.build_hash = from.at("build_hash");
  of.first_shard = from.at("first_shard");
  of.shards = from.at("shards");
  of.array_max = from.at("array_max");
  of.held = from.at("held");
  of.visits = from.at("visits");
  of.exclude = from.at("exclude").get<std::vector<std::string>>();
  return of;
}

IntendedJob job_from(const json& from) {
  IntendedJob of;
  of.tag = from.at("tag");
  of.submission = from.at("submission");
  of.first = from.at("first");
  of.tasks = from.at("tasks");
  const auto fate = std::ranges::find(kFates, from.at("fate").get<std::string>());
  if (fate == kFates.end()) throw Error("unknown fate " + from.at("fate").dump());
  of.fate = static_cast<IntendedJob::Fate>(fate - kFates.begin());
  of.job = from.at("job");
  of.why = from.at("why");
  return of;
}

EndedShard ended_from(const json& from) {
  EndedShard of;
  of.shard = from.at("shard");
  of.state = from.at("state");
  of.node = from.at("node");
  of.done = from.at("done");
  of.visit = from.at("visit");
  return of;
}

void keep(Intents& intents, IntendedJob job) {
  const auto known = std::ranges::find(intents.jobs, job.tag, &IntendedJob::tag);
  if (known == intents.jobs.end()) {
    intents.jobs.push_back(std::move(job));
  } else {
    *known = std::move(job);
  }
}

void keep(Intents& intents, const json& entry) {
  const std::string kind = entry.at("entry");
  if (kind == "submission") {
    intents.submissions.push_back(submission_from(entry));
  } else if (kind == "job") {
    keep(intents, job_from(entry));
  } else if (kind == "ended") {
    intents.ended.push_back(ended_from(entry));
  } else {
    throw Error("unknown entry '" + kind + "'; use the ergon that wrote it, or a newer one");
  }
}

// Whole lines of the file; what follows the last is torn. Gives the bytes that are whole.
std::size_t parse(const fs::path& file, const std::string& text, Intents& intents) {
  std::size_t begin = 0;
  int number = 1;
  for (std::size_t end = text.find('\n'); end != std::string::npos;
       end = text.find('\n', begin), ++number) {
    try {
      keep(intents, json::parse(text.substr(begin, end - begin)));
    } catch (const std::exception& error) {
      throw Error(file.string() + ":" + std::to_string(number) + ": " + error.what());
    }
    begin = end + 1;
  }
  return begin;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::int64_t Submission::visits_of(int shard) const {
  const int index = shard - first_shard;
  return visits / shards + (index < visits % shards ? 1 : 0);
}

const Submission* Intents::submission_of(int shard) const {
  const auto found =
      std::ranges::find_if(submissions, [&](const Submission& of) { return of.has(shard); });
  return found == submissions.end() ? nullptr : &*found;
}

const IntendedJob* Intents::job_of(int shard) const {
  const auto found =
      std::ranges::find_if(jobs, [&](const IntendedJob& of) { return of.has(shard); });
  return found == jobs.end() ? nullptr : &*found;
}

Intents read_intents(const fs::path& campaign) {
  Intents intents;
  parse(file_in(campaign), contents(file_in(campaign)), intents);
  return intents;
}

IntentJournal::IntentJournal(const fs::path& campaign)
    : file_(file_in(campaign)), opened_(open_locked(file_)) {
  const std::string text = contents(file_);
  const std::size_t whole = parse(file_, text, intents_);
  if (whole < text.size() && ftruncate(opened_.number(), static_cast<off_t>(whole)) != 0) {
    throw Error(file_.string() + ": its torn end cannot be cut off: " + error_text(errno));
  }
  sync_folder_of(file_);
}

void IntentJournal::append(const std::string& line) {
  lseek(opened_.number(), 0, SEEK_END);
  int error = write_all(opened_.number(), std::as_bytes(std::span(line)));
  if (error == 0 && fdatasync(opened_.number()) != 0) error = errno;
  if (error != 0) throw Error(file_.string() + ": cannot be written: " + error_text(error));
}

void IntentJournal::add(const Submission& submission) {
  append(to_json(submission).dump() + "\n");
  intents_.submissions.push_back(submission);
}

void IntentJournal::add(const IntendedJob& job) {
  append(to_json(job).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  keep(intents_, job);
}

void IntentJournal::add(const EndedShard& shard) {
  append(to_json(shard).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  intents_.ended.push_back(shard);
}

}  // namespace ergon
