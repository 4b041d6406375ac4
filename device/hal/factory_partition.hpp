// The read-only partition with which a device leaves the factory (core/proto/provision.cddl).
#pragma once

#include "core/base/bytes.hpp"

namespace wasmbed::hal {

class FactoryPartition {
  public:
    /// The whole partition, at most 4,096 bytes, unchecked: it may be erased or damaged. Valid as long as this object.
    [[nodiscard]] Bytes bytes() const { return do_bytes(); }

  protected:
    ~FactoryPartition() = default;

  private:
    virtual Bytes do_bytes() const = 0;
};

}  // namespace wasmbed::hal
