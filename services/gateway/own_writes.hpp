// What this gateway wrote last of each Device, to know the echo of it among what the API server tells.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "host/kube/informer.hpp"

namespace wasmbed::gateway {

/// metadata.resourceVersion of an object, or empty.
std::string_view version_of(const json::value& object);

class OwnWrites {
  public:
    /// The API server made `written` of version `base`.
    void note(const kube::ObjectKey& key, std::string_view base, kube::ObjectPtr written);

    /// What was written last, unless its echo came; forgotten by that. Null: nothing.
    kube::ObjectPtr take(const kube::ObjectKey& key);

    /// Whether `after` is what was written here, and `before`, known until now, what it was written on. Not so when a
    /// watch began anew: then the change of somebody else may lie between the two.
    bool is_echo(const kube::ObjectKey& key, const kube::ObjectPtr& before, const json::value& after);

  private:
    struct Write {
        std::string base;
        kube::ObjectPtr written;
    };
    std::map<kube::ObjectKey, Write> writes_;
};

}  // namespace wasmbed::gateway
