// Something that measures one quantity.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"

namespace wasmbed::hal {

enum class SensorError : std::uint8_t {
    Absent,  ///< the board has the place for it, but nothing answers there
    Failed,  ///< it answered, but not with a measurement
};
[[nodiscard]] inline const char* text_of(SensorError error) {
    return error == SensorError::Absent ? "sensor does not answer" : "sensor failed";
}

class Sensor {
  public:
    /// Name in the device tree (property `label`), 1..32 characters; unique on a board.
    [[nodiscard]] std::string_view name() const { return do_name(); }
    /// Unit of a measurement, of which `read` gives thousandths: "Cel" (degrees Celsius; UCUM codes).
    [[nodiscard]] std::string_view unit() const { return do_unit(); }
    /// Measures now. Blocks for up to 2 ms.
    [[nodiscard]] Result<std::int32_t, SensorError> read_milli() { return do_read_milli(); }

  protected:
    ~Sensor() = default;

  private:
    virtual std::string_view do_name() const = 0;
    virtual std::string_view do_unit() const = 0;
    virtual Result<std::int32_t, SensorError> do_read_milli() = 0;
};

}  // namespace wasmbed::hal
