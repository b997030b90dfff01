#include "harness/record/hdf5.h"

#include <hdf5.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <type_traits>

#include "harness/record/file.h"
#include "kernels/error.h"

namespace ergon::hdf5 {
namespace {

static_assert(std::is_same_v<Id, hid_t>);

// The core driver grows its image by this much at a time.
constexpr std::size_t kImageStep = std::size_t{4} << 20;
// A chunk is read, inflated and cached as one; half a MiB is what HDF5's chunk cache holds twice.
constexpr std::size_t kChunkBytes = std::size_t{512} << 10;
constexpr std::int64_t kChunksPerSlab = 8;
// Shorter columns are stored as they are.
constexpr std::size_t kPlainBytes = std::size_t{16} << 10;

// The innermost message of HDF5's error stack: "file signature not found".
std::string hdf5_message() {
  std::string message;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* to) -> herr_t {
    auto& text = *static_cast<std::string*>(to);
    if (text.empty() && error->desc != nullptr) text = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &message);
  return message.empty() ? "no reason given" : message;
}

Handle checked(Id id, Handle::Close close, const char* what) {
  if (id < 0) throw Error(std::string("HDF5: ") + what + ": " + hdf5_message());
  return {id, close};
}

void checked(herr_t status, const char* what) {
  if (status < 0) throw Error(std::string("HDF5: ") + what + ": " + hdf5_message());
}

Handle text_type(std::size_t bytes) {
  Handle type = checked(H5Tcopy(H5T_C_S1), H5Tclose, "a text type");
  checked(H5Tset_size(type.id(), bytes), "a text type");
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), "a text type");
  checked(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "a text type");
  return type;
}

// The enumeration that h5py writes for numpy's bool, and reads as such.
Handle flag_type() {
  Handle type = checked(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose, "a flag type");
  const std::int8_t no = 0, yes = 1;
  checked(H5Tenum_insert(type.id(), "FALSE", &no), "a flag type");
  checked(H5Tenum_insert(type.id(), "TRUE", &yes), "a flag type");
  return type;
}

Handle memory_type(Type type) {
  switch (type.kind) {
    case Kind::int64:
      return {H5Tcopy(H5T_NATIVE_INT64), H5Tclose};
    case Kind::uint64:
      return {H5Tcopy(H5T_NATIVE_UINT64), H5Tclose};
    case Kind::float64:
      return {H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose};
    case Kind::flag:
      return flag_type();
    case Kind::text:
      return text_type(type.bytes);
  }
  ERGON_ASSERT(false);
  return {};
}

std::optional<Type> type_of(const Handle& stored) {
  const std::size_t bytes = H5Tget_size(stored.id());
  switch (H5Tget_class(stored.id())) {
    case H5T_INTEGER:
      if (bytes == 8 && H5Tget_sign(stored.id()) == H5T_SGN_NONE) return Type{Kind::uint64, 8};
      return Type{Kind::int64, 8};
    case H5T_FLOAT:
      return Type{Kind::float64, 8};
    case H5T_ENUM:
      return bytes == 1 ? std::optional(Type{Kind::flag, 1}) : std::nullopt;
    case H5T_STRING:
      if (H5Tis_variable_str(stored.id()) != 0) return std::nullopt;
      return Type{Kind::text, bytes};
    default:
      return std::nullopt;
  }
}

std::int64_t rows_per_chunk(Type type) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(kChunkBytes / type.bytes));
}

// Attributes are variable-length text, which h5py gives as str.
void write_text_attribute(Id object, const char* name, const std::string& text) {
  const Handle type = text_type(H5T_VARIABLE);
  const Handle space = checked(H5Screate(H5S_SCALAR), H5Sclose, "an attribute");
  const Handle attribute =
      checked(H5Acreate2(object, name, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
              "an attribute");
  const char* value = text.c_str();
  checked(H5Awrite(attribute.id(), type.id(), &value), "an attribute");
}

std::string read_text_attribute(Id object, const char* name) {
  if (H5Aexists(object, name) <= 0) return "";
  const Handle attribute = checked(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, name);
  const Handle type = checked(H5Aget_type(attribute.id()), H5Tclose, name);
  if (H5Tis_variable_str(type.id()) <= 0) return "";
  char* value = nullptr;
  checked(H5Aread(attribute.id(), type.id(), static_cast<void*>(&value)), name);
  std::string text = value == nullptr ? "" : value;
  H5free_memory(value);
  return text;
}

void write_integer_attribute(Id object, const char* name, std::int64_t value) {
  const Handle space = checked(H5Screate(H5S_SCALAR), H5Sclose, name);
  const Handle attribute =
      checked(H5Acreate2(object, name, H5T_STD_I64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT),
              H5Aclose, name);
  checked(H5Awrite(attribute.id(), H5T_NATIVE_INT64, &value), name);
}

std::optional<std::int64_t> read_integer_attribute(Id object, const char* name) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  const Handle attribute = checked(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, name);
  std::int64_t value = 0;
  checked(H5Aread(attribute.id(), H5T_NATIVE_INT64, &value), name);
  return value;
}

Handle creation_properties(Type type, std::int64_t rows) {
  Handle properties = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "a column");
  checked(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), "a column");
  if (static_cast<std::size_t>(rows) * type.bytes <= kPlainBytes) return properties;
  const auto chunk = static_cast<hsize_t>(std::min(rows, rows_per_chunk(type)));
  checked(H5Pset_chunk(properties.id(), 1, &chunk), "a column");
  // Shuffling brings the like bytes of numbers together; text is compressed better without.
  if (type.kind != Kind::text) checked(H5Pset_shuffle(properties.id()), "a column");
  checked(H5Pset_deflate(properties.id(), 1), "a column");
  return properties;
}

struct Slab {
  Handle memory, stored;
};

Slab select(const Handle& dataset, std::int64_t first, std::int64_t count) {
  const auto start = static_cast<hsize_t>(first);
  const auto extent = static_cast<hsize_t>(count);
  Slab slab{checked(H5Screate_simple(1, &extent, nullptr), H5Sclose, "rows of a column"),
            checked(H5Dget_space(dataset.id()), H5Sclose, "rows of a column")};
  checked(H5Sselect_hyperslab(slab.stored.id(), H5S_SELECT_SET, &start, nullptr, &extent, nullptr),
          "rows of a column");
  return slab;
}

}  // namespace

Handle::~Handle() {
  if (id_ >= 0) close_(id_);
}

std::int64_t Column::rows_per_slab() const { return kChunksPerSlab * rows_per_chunk(type_); }

void Column::write(std::int64_t first, std::int64_t count, const std::byte* from) {
  if (count == 0) return;
  const Slab slab = select(dataset_, first, count);
  const Handle type = memory_type(type_);
  if (H5Dwrite(dataset_.id(), type.id(), slab.memory.id(), slab.stored.id(), H5P_DEFAULT, from) <
      0) {
    throw Error(where_ + ": rows cannot be written: " + hdf5_message());
  }
}

void Column::read(std::int64_t first, std::int64_t count, std::byte* to) const {
  if (count == 0) return;
  const Slab slab = select(dataset_, first, count);
  // Text keeps the padding and character set that it was stored with: bytes come as they are.
  const Handle type = type_.kind == Kind::text
                          ? checked(H5Dget_type(dataset_.id()), H5Tclose, "a column's type")
                          : memory_type(type_);
  if (H5Dread(dataset_.id(), type.id(), slab.memory.id(), slab.stored.id(), H5P_DEFAULT, to) < 0) {
    throw Error(where_ + ": rows cannot be read: " + hdf5_message() +
                "; the file is damaged: use a copy of it, or measure again");
  }
}

About Column::about() const {
  return {.name = where_.substr(where_.rfind('/') + 1),
          .unit = read_text_attribute(dataset_.id(), "unit"),
          .description = read_text_attribute(dataset_.id(), "description"),
          .missing = read_integer_attribute(dataset_.id(), "missing")};
}

void File::fail(const std::string& what) const {
  throw Error((name_.empty() ? "HDF5" : name_) + ": " + what + ": " + hdf5_message());
}

Handle File::hold(Id id, Handle::Close close, const std::string& what) const {
  if (id < 0) fail(what);
  return {id, close};
}

File::File() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Handle access = hold(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "a file in memory");
  checked(H5Pset_fapl_core(access.id(), kImageStep, /*backing_store=*/0), "a file in memory");
  const Handle creation = hold(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "a file in memory");
  checked(H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          "a file in memory");
  file_ = hold(H5Fcreate("ergon", H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose,
               "a file in memory");
}

File::File(const std::filesystem::path& file) : name_(file.string()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  struct stat found {};
  if (stat(name_.c_str(), &found) != 0) throw Error(name_ + ": " + error_text(errno));
  if (!S_ISREG(found.st_mode)) throw Error(name_ + ": not a file; expected a result file (HDF5)");
  const Handle access = hold(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "cannot be opened");
  // Files are replaced whole, so readers need no lock, and some network mounts have none.
  checked(H5Pset_file_locking(access.id(), false, true), "cannot be opened");
  const Id id = H5Fopen(name_.c_str(), H5F_ACC_RDONLY, access.id());
  if (id < 0) {
    fail("cannot be read as HDF5; expected a result file of `ergon run`, whole; HDF5 says");
  }
  file_ = Handle(id, H5Fclose);
}

void File::create_group(const std::string& group, std::string_view description) {
  const Handle creation = hold(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, group);
  checked(H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          "a group");
  const Handle made =
      hold(H5Gcreate2(file_.id(), group.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose,
           group);
  write_text_attribute(made.id(), "description", std::string(description));
}

void File::write_attribute(const std::string& group, const char* name, std::int64_t value) {
  const Handle opened = hold(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose, group);
  write_integer_attribute(opened.id(), name, value);
}

Column File::create_column(const std::string& group, const About& about, Type type,
                           std::int64_t rows) {
  const std::string path = group + "/" + about.name;
  const auto extent = static_cast<hsize_t>(rows);
  const Handle space = hold(H5Screate_simple(1, &extent, nullptr), H5Sclose, path);
  const Handle stored = memory_type(type);
  const Handle properties = creation_properties(type, rows);
  Handle dataset = hold(H5Dcreate2(file_.id(), path.c_str(), stored.id(), space.id(), H5P_DEFAULT,
                                   properties.id(), H5P_DEFAULT),
                        H5Dclose, path);
  write_text_attribute(dataset.id(), "unit", about.unit);
  write_text_attribute(dataset.id(), "description", about.description);
  if (about.missing) write_integer_attribute(dataset.id(), "missing", *about.missing);
  return {std::move(dataset), type, rows, path};
}

std::vector<std::byte> File::image() {
  if (H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) < 0) fail("cannot be put together");
  const ssize_t bytes = H5Fget_file_image(file_.id(), nullptr, 0);
  if (bytes < 0) fail("cannot be put together");
  std::vector<std::byte> image(static_cast<std::size_t>(bytes));
  if (H5Fget_file_image(file_.id(), image.data(), image.size()) != bytes) {
    fail("cannot be put together");
  }
  return image;
}

bool File::has(const std::string& path) const {
  return H5Lexists(file_.id(), path.c_str(), H5P_DEFAULT) > 0;
}

std::int64_t File::attribute(const std::string& group, const char* name) const {
  const Handle opened = hold(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose, group);
  const auto value = read_integer_attribute(opened.id(), name);
  if (!value) throw Error(name_ + ": " + group + " has no attribute '" + name + "'");
  return *value;
}

std::string File::description(const std::string& group) const {
  const Handle opened = hold(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose, group);
  return read_text_attribute(opened.id(), "description");
}

Column File::open_column(const std::string& group, std::string_view column) const {
  const std::string path = group + "/" + std::string(column);
  Handle dataset =
      hold(H5Dopen2(file_.id(), path.c_str(), H5P_DEFAULT), H5Dclose, "no column " + path);
  const Handle space = hold(H5Dget_space(dataset.id()), H5Sclose, path);
  const Handle stored = hold(H5Dget_type(dataset.id()), H5Tclose, path);
  const auto type = type_of(stored);
  if (!type || H5Sget_simple_extent_ndims(space.id()) != 1) {
    throw Error(name_ + ": " + path + ": expected one dimension of numbers, flags or fixed text");
  }
  return {std::move(dataset), *type, H5Sget_simple_extent_npoints(space.id()), name_ + ": " + path};
}

std::vector<std::string> File::columns(const std::string& group) const {
  const Handle opened = hold(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose, group);
  std::vector<std::string> names;
  const auto keep = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  // A file that another program wrote again may not know the order; then by name.
  if (H5Literate(opened.id(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, keep, &names) < 0) {
    names.clear();
    if (H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, keep, &names) < 0) fail(group);
  }
  return names;
}

}  // namespace ergon::hdf5
