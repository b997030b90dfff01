#include "harness/record/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "harness/record/file.h"
#include "harness/record/frame.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using ByteView = std::span<const std::byte>;

// The file: "ergonjnl", the version as 32 bits, then frames. A frame: length of its payload, CRC-32
// of that length, CRC-32 of the payload (32 bits each, little-endian), payload. The length has a
// sum of its own so that a flipped bit in it is not taken for a torn end, which is cut off.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kPrefixBytes = 12;
constexpr std::uint32_t kVersion = 2;
constexpr std::string_view kMagic = "ergonjnl";

void put_u32(std::uint32_t value, std::byte* to) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint32_t u32_at(ByteView bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[offset + i]) << (8 * i);
  return value;
}

std::uint32_t crc(ByteView bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::array<std::byte, kHeaderBytes> header() {
  std::array<std::byte, kHeaderBytes> bytes{};
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  put_u32(kVersion, bytes.data() + kMagic.size());
  return bytes;
}

std::vector<std::byte> framed(const std::vector<std::byte>& payload) {
  std::vector<std::byte> frame(kPrefixBytes);
  put_u32(static_cast<std::uint32_t>(payload.size()), frame.data());
  put_u32(crc(ByteView(frame).first(4)), frame.data() + 4);
  put_u32(crc(payload), frame.data() + 8);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

std::vector<std::byte> read_all(int fd, const std::filesystem::path& file) {
  struct stat found {};
  if (fstat(fd, &found) != 0) throw Error(file.string() + ": " + error_text(errno));
  std::vector<std::byte> bytes(static_cast<std::size_t>(found.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(file.string() + ": cannot be read: " + error_text(errno));
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

void expect_header(const std::filesystem::path& file, ByteView bytes) {
  const auto expected = header();
  if (!std::ranges::equal(bytes.first(kMagic.size()), ByteView(expected).first(kMagic.size()))) {
    throw Error(file.string() + ": not a journal of ergon; move it away, or name another output");
  }
  if (const std::uint32_t version = u32_at(bytes, kMagic.size()); version != kVersion) {
    throw Error(file.string() + ": a journal of version " + std::to_string(version) +
                "; this ergon reads version " + std::to_string(kVersion) +
                "; resume with the ergon that began it");
  }
}

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

[[noreturn]] void fail_corrupt(const std::filesystem::path& file, std::size_t offset) {
  throw Error(file.string() + ": the frame at byte " + std::to_string(offset) +
              " is corrupt, and it is not the last; nothing was changed. To keep what stands "
              "before it: cp '" +
              file.string() + "' copy && truncate -s " + std::to_string(offset) + " '" +
              file.string() + "', then resume");
}

// The payload of the frame at `offset`; none where the file ends within it. A kill leaves a part
// of a frame, a power failure may leave the frame's last bytes, or all, as zeros.
std::optional<ByteView> payload_at(const std::filesystem::path& file, ByteView bytes,
                                   std::size_t offset) {
  const ByteView rest = bytes.subspan(offset);
  if (rest.size() < kPrefixBytes || all_zero(rest)) return std::nullopt;
  if (crc(rest.first(4)) != u32_at(rest, 4)) fail_corrupt(file, offset);
  const std::size_t length = u32_at(rest, 0);
  if (rest.size() - kPrefixBytes < length) return std::nullopt;
  const ByteView payload = rest.subspan(kPrefixBytes, length);
  if (crc(payload) == u32_at(rest, 8)) return payload;
  if (!all_zero(rest.subspan(kPrefixBytes + length))) fail_corrupt(file, offset);
  return std::nullopt;
}

}  // namespace

struct Journal::State {
  std::filesystem::path file;
  FileDescriptor opened;
  std::size_t bytes = 0;  // of whole frames
  Results recovered;

  void recover(ByteView contents);
  void keep(Frame frame);
  void append(const std::vector<std::byte>& payload);
  void write_at_end(ByteView what);
};

void Journal::State::keep(Frame frame) {
  const auto expect_run = [&](int run) {
    if (run < 0 || run >= std::ssize(recovered.runs)) {
      throw Error("belongs to run " + std::to_string(run) + ", which does not stand before it");
    }
  };
  if (auto* run = std::get_if<RunInfo>(&frame)) {
    recovered.runs.push_back(std::move(*run));
  } else if (auto* stretch = std::get_if<IdleStretch>(&frame)) {
    expect_run(stretch->run);
    recovered.idle.push_back(std::move(*stretch));
  } else if (auto* sampling = std::get_if<RunSampling>(&frame)) {
    expect_run(sampling->run);
    recovered.runs[sampling->run].sampling = std::move(sampling->cost);
  } else {
    Record& record = std::get<Record>(frame);
    expect_run(record.run);
    recovered.records.push_back(std::move(record));
  }
}

void Journal::State::recover(ByteView contents) {
  KernelFinder kernels(recovered);
  bytes = kHeaderBytes;
  while (bytes < contents.size()) {
    const auto payload = payload_at(file, contents, bytes);
    if (!payload) break;
    try {
      keep(decode_frame(*payload, kernels));
    } catch (const Error& error) {
      throw Error(file.string() + ": the frame at byte " + std::to_string(bytes) + ": " +
                  error.what() + "; resume with the ergon that began it");
    }
    bytes += kPrefixBytes + payload->size();
  }
}

// Cuts off what was written where it cannot all be written, so that the file stays one of frames.
void Journal::State::write_at_end(ByteView what) {
  int error = lseek(opened.number(), static_cast<off_t>(bytes), SEEK_SET) < 0 ? errno : 0;
  if (error == 0) error = write_all(opened.number(), what);
  if (error == 0 && fdatasync(opened.number()) != 0) error = errno;
  if (error == 0) {
    bytes += what.size();
    return;
  }
  const bool cut = ftruncate(opened.number(), static_cast<off_t>(bytes)) == 0;
  throw Error(file.string() + ": cannot be written: " + error_text(error) +
              "; the records before are kept" + (cut ? "" : ", the torn end is cut off later") +
              "; make room, then run again with --resume");
}

void Journal::State::append(const std::vector<std::byte>& payload) {
  write_at_end(framed(payload));
}

Journal::Journal(std::filesystem::path file) : state_(std::make_unique<State>()) {
  state_->file = std::move(file);
  state_->opened = open_locked(state_->file);
  const int fd = state_->opened.number();
  const std::vector<std::byte> contents = read_all(fd, state_->file);
  const auto first = header();
  if (contents.size() < first.size() &&
      std::ranges::equal(contents, ByteView(first).first(contents.size()))) {
    state_->write_at_end(first);  // new, or torn within the header
    sync_folder_of(state_->file);
    return;
  }
  if (contents.size() < first.size()) {
    throw Error(state_->file.string() +
                ": not a journal of ergon; move it away, or name another output");
  }
  expect_header(state_->file, contents);
  state_->recover(contents);
  if (state_->bytes < contents.size() &&
      (ftruncate(fd, static_cast<off_t>(state_->bytes)) != 0 || fdatasync(fd) != 0)) {
    throw Error(state_->file.string() + ": its torn end cannot be cut off: " + error_text(errno));
  }
}

Journal::~Journal() = default;

Results read_journal(const std::filesystem::path& file) {
  Journal::State state;
  state.file = file;
  state.opened = FileDescriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (state.opened.number() < 0 && errno == ENOENT) return {};
  if (state.opened.number() < 0) throw Error(file.string() + ": " + error_text(errno));
  const std::vector<std::byte> contents = read_all(state.opened.number(), file);
  if (contents.size() < kHeaderBytes) return {};
  expect_header(file, contents);
  state.recover(contents);
  return std::move(state.recovered);
}

const Results& Journal::recovered() const { return state_->recovered; }

void Journal::append(const RunInfo& run) { state_->append(encode_frame(run)); }
void Journal::append(const IdleStretch& stretch) { state_->append(encode_frame(stretch)); }
void Journal::append(const Record& record) { state_->append(encode_frame(record)); }
void Journal::append(const SamplingCost& cost, int run) {
  state_->append(encode_frame(RunSampling{run, cost}));
}

void Journal::remove() {
  if (unlink(state_->file.c_str()) != 0 && errno != ENOENT) {
    throw Error(state_->file.string() + ": cannot be removed: " + error_text(errno));
  }
  sync_folder_of(state_->file);
}

std::filesystem::path journal_path(const std::filesystem::path& hdf5) {
  std::filesystem::path path = hdf5;
  return path += ".journal";
}

}  // namespace ergon
