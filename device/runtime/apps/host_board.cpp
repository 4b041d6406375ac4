// Host functions over a board's parts: wasmbed_sensors, wasmbed_gpio, wasmbed_i2c_spi.
#include <optional>

#include "core/base/endian.hpp"
#include "core/base/text_writer.hpp"
#include "device/runtime/apps/host_context.hpp"

namespace wasmbed::apps {
namespace {

using hostapi::HostError;
using hostapi::PermissionKind;
using wasm::HostCall;
using wasm::HostResult;

hal::Sensor* find_sensor(const hal::Board& board, std::string_view name) {
    for (hal::Sensor* sensor : board.sensors) {
        if (sensor->name() == name) return sensor;
    }
    return nullptr;
}

/// The pin a call speaks of, or the error to return; `way` is "in" or "out".
std::optional<HostError> check_pin(const HostContext& host, std::uint32_t pin, std::string_view way) {
    char text[16];
    if (!host.permits(PermissionKind::Gpio, TextWriter{text}.decimal(pin).text(":").text(way).view()))
        return HostError::NotPermitted;
    if (host.board.gpio == nullptr || pin >= host.board.gpio->count()) return HostError::NotFound;
    return std::nullopt;
}

HostError from(hal::I2cError error) {
    switch (error) {
        case hal::I2cError::BadAddress:
            return HostError::Invalid;
        case hal::I2cError::NoDevice:
            return HostError::NotFound;
        case hal::I2cError::NotTaken:
        case hal::I2cError::Stuck:
            break;
    }
    return HostError::Unavailable;
}

}  // namespace

HostResult HostHandlers::SensorsRead(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::optional<MutableBytes> name = call.memory().at(call.u32(0), call.u32(1));
    const std::optional<MutableBytes> out = call.memory().at(call.u32(2), 4);
    if (!name || !out) return done(call, HostError::Fault);
    if (!host.permits(PermissionKind::Sensor, text_of(*name))) return done(call, HostError::NotPermitted);
    hal::Sensor* sensor = find_sensor(host.board, text_of(*name));
    if (sensor == nullptr) return done(call, HostError::NotFound);
    const auto milli = sensor->read_milli();
    if (!milli) return done(call, HostError::Unavailable);
    store_le32(out->data(), static_cast<std::uint32_t>(*milli));
    return host.end_slice();
}

HostResult HostHandlers::GpioRead(void* context, HostCall& call) {
    const HostContext& host = context_of(context);
    const std::uint32_t pin = call.u32(0);
    if (const std::optional<HostError> error = check_pin(host, pin, "in")) return done(call, *error);
    return done(call, host.board.gpio->get(pin) ? 1 : 0);
}

HostResult HostHandlers::GpioWrite(void* context, HostCall& call) {
    const HostContext& host = context_of(context);
    const std::uint32_t pin = call.u32(0);
    if (const std::optional<HostError> error = check_pin(host, pin, "out")) return done(call, *error);
    return host.board.gpio->set(pin, call.u32(1) != 0) ? done(call, 0) : done(call, HostError::Unavailable);
}

HostResult HostHandlers::I2cTransfer(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::uint32_t bus = call.u32(0);
    const std::uint32_t address = call.u32(1);
    const std::optional<MutableBytes> out = call.memory().at(call.u32(2), call.u32(3));
    const std::optional<MutableBytes> in = call.memory().at(call.u32(4), call.u32(5));
    if (!out || !in) return done(call, HostError::Fault);
    if (address > 0x7F || out->size() + in->size() > hal::I2cBus::kTransferBytesMax)
        return done(call, HostError::Invalid);
    char text[20];
    const std::string_view device = TextWriter{text}.decimal(bus).text(":0x").hex(address, 2).view();
    if (!host.permits(PermissionKind::I2c, device)) return done(call, HostError::NotPermitted);
    if (bus >= host.board.i2c_buses.size()) return done(call, HostError::NotFound);
    const auto transferred = host.board.i2c_buses[bus]->transfer(static_cast<std::uint8_t>(address), *out, *in);
    return transferred ? host.end_slice() : done(call, from(transferred.error()));
}

HostResult HostHandlers::SpiTransfer(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::uint32_t bus = call.u32(0);
    const std::uint32_t select = call.u32(1);
    const std::optional<MutableBytes> data = call.memory().at(call.u32(2), call.u32(3));
    if (!data) return done(call, HostError::Fault);
    if (data->size() > hal::SpiBus::kTransferBytesMax) return done(call, HostError::Invalid);
    char text[24];
    const std::string_view device = TextWriter{text}.decimal(bus).text(":").decimal(select).view();
    if (!host.permits(PermissionKind::Spi, device)) return done(call, HostError::NotPermitted);
    if (bus >= host.board.spi_buses.size() || select >= host.board.spi_buses[bus]->selects())
        return done(call, HostError::NotFound);
    return host.board.spi_buses[bus]->transfer(select, *data) ? host.end_slice() : done(call, HostError::Unavailable);
}

}  // namespace wasmbed::apps
