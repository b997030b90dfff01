#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "analysis/network/network.h"

namespace ergon {

// Appends modules and operations to a network in the order in which they run.
class NetworkBuilder {
 public:
  using Extents = std::initializer_list<std::pair<std::string_view, std::int64_t>>;
  using Choices = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  enum class Weights : std::uint8_t { own, shared };

  NetworkBuilder(Network& network, const Dtypes& dtypes) : network_(network), dtypes_(dtypes) {}

  // Opens a module; what is added until close() is inside it.
  void open(std::string name, std::string_view kind);
  void close();

  // An operation with every extent of its primitive, and the options that are not the default.
  // Throws Error, with its path, where the extents make no problem together. A `shared` matrix
  // is that of an operation before.
  void add(std::string_view name, std::string_view primitive, Extents extents, Choices choices = {},
           Weights weights = Weights::own);
  // One pass over arrays of `elements`: one read and one written, or two read and one written.
  void pass(std::string_view name, std::int64_t elements);
  void pass_of_two(std::string_view name, std::int64_t elements);

  // From now on every weight is one that was counted before.
  void share_weights() { weights_counted_ = true; }

 private:
  Network& network_;
  Dtypes dtypes_;
  int open_ = -1;  // the module that is being filled
  bool weights_counted_ = false;
};

}  // namespace ergon
