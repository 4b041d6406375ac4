// What a board says about itself.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"

namespace wasmbed::hal {

class DeviceInfo {
  public:
    /// Name of the folder in device/boards, 1..32 characters.
    [[nodiscard]] std::string_view board() const { return do_board(); }
    /// 1..32 bytes that tell this unit from others of its kind: a chip's unique id or, without one, its MAC address.
    /// Not a secret.
    [[nodiscard]] Bytes hardware_id() const { return do_hardware_id(); }

  protected:
    ~DeviceInfo() = default;

  private:
    virtual std::string_view do_board() const = 0;
    virtual Bytes do_hardware_id() const = 0;
};

}  // namespace wasmbed::hal
