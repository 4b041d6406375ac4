// The messages of wire.cddl as data. Read it beside the CDDL: the same order, keys and bounds.

#include "core/proto/shape_of.hpp"

namespace wasmbed::proto {
namespace {

constexpr Field kFeature = element_of<std::string_view>().within(1, 32);
constexpr Field kCapacityFields[] = {
    WASMBED_FIELD(1, Capacity, app_ram_bytes),         WASMBED_FIELD(2, Capacity, store_bytes),
    WASMBED_FIELD(3, Capacity, features).of(kFeature), WASMBED_FIELD(4, Capacity, apps_max),
    WASMBED_FIELD(5, Capacity, module_bytes_max),
};
constexpr Shape kCapacity{kCapacityFields};

constexpr Field kDesiredAppFields[] = {
    WASMBED_FIELD(1, DesiredApp, app).within(1, 36),
    WASMBED_FIELD(2, DesiredApp, manifest),
    WASMBED_FIELD(3, DesiredApp, run),
};
constexpr Shape kDesiredAppShape{kDesiredAppFields};
constexpr Field kDesiredApp = element_of<DesiredApp>().as(kDesiredAppShape);
constexpr Field kGateway = element_of<std::string_view>().within(1, 128);

constexpr Field kReportedAppFields[] = {
    WASMBED_FIELD(1, ReportedApp, app).within(1, 36),
    WASMBED_FIELD(2, ReportedApp, manifest),
    WASMBED_FIELD(3, ReportedApp, state).within(0, 8),
    WASMBED_FIELD(4, ReportedApp, restarts),
    WASMBED_FIELD(5, ReportedApp, reason).within(0, 255),
    WASMBED_FIELD(6, ReportedApp, detail).cut_at(120).if_present(),
    WASMBED_FIELD(7, ReportedApp, exit_code).if_present(),
    WASMBED_FIELD(8, ReportedApp, trap_function).if_present(),
    WASMBED_FIELD(9, ReportedApp, trap_offset).if_present(),
    WASMBED_FIELD(10, ReportedApp, revision).within(0, 80).if_present(),
    WASMBED_FIELD(11, ReportedApp, rule).within(0, 255).if_present(),
};
constexpr Shape kReportedAppShape{kReportedAppFields};
constexpr Field kReportedApp = element_of<ReportedApp>().as(kReportedAppShape);

constexpr Field kErrorFields[] = {
    WASMBED_FIELD(1, Error, code).within(1, 7),
    WASMBED_FIELD(2, Error, text).cut_at(200),
};

constexpr Field kHelloFields[] = {
    WASMBED_FIELD(1, Hello, protocol),
    WASMBED_FIELD(2, Hello, boot_id),
    WASMBED_FIELD(3, Hello, firmware).within(1, 32),
    WASMBED_FIELD(4, Hello, engine_build).within(1, 32),
    WASMBED_FIELD(5, Hello, frame_max),
    WASMBED_FIELD(6, Hello, record_max),
    WASMBED_FIELD(7, Hello, capacity).as(kCapacity),
    WASMBED_FIELD(8, Hello, board).within(1, 32),
    WASMBED_FIELD(9, Hello, reset_reason).within(1, 16),
    WASMBED_FIELD(10, Hello, uptime_ms),
};

constexpr Field kWelcomeFields[] = {
    WASMBED_FIELD(1, Welcome, epoch),
    WASMBED_FIELD(2, Welcome, heartbeat_seconds).within(1, 3600),
};

constexpr Field kDesiredFields[] = {
    WASMBED_FIELD(1, Desired, generation),
    WASMBED_FIELD(2, Desired, time_ms),
    WASMBED_FIELD(3, Desired, gateways).of(kGateway),
    WASMBED_FIELD(4, Desired, apps).of(kDesiredApp),
};

constexpr Field kReportedFields[] = {
    WASMBED_FIELD(1, Reported, generation),
    WASMBED_FIELD(2, Reported, apps).of(kReportedApp),
};

constexpr Field kFetchFields[] = {
    WASMBED_FIELD(1, Fetch, digest),
    WASMBED_FIELD(2, Fetch, offset),
    WASMBED_FIELD(3, Fetch, length),
};

constexpr Field kChunkFields[] = {
    WASMBED_FIELD(1, Chunk, digest),
    WASMBED_FIELD(2, Chunk, offset),
    WASMBED_FIELD(3, Chunk, total),
    WASMBED_FIELD(4, Chunk, data),
};

constexpr Field kHeartbeatFields[] = {
    WASMBED_FIELD(1, Heartbeat, time_ms),
    WASMBED_FIELD(2, Heartbeat, memory_bytes).if_present(),
    WASMBED_FIELD(3, Heartbeat, fuel).if_present(),
};

constexpr Field kLogFields[] = {
    WASMBED_FIELD(1, Log, head.boot_id),         WASMBED_FIELD(2, Log, head.seq),
    WASMBED_FIELD(3, Log, head.uptime_ms),       WASMBED_FIELD(4, Log, level).within(0, 3),
    WASMBED_FIELD(5, Log, source).within(0, 36), WASMBED_FIELD(6, Log, text).cut_at(512),
};

constexpr Field kEventFields[] = {
    WASMBED_FIELD(1, Event, head.boot_id),
    WASMBED_FIELD(2, Event, head.seq),
    WASMBED_FIELD(3, Event, head.uptime_ms),
    WASMBED_FIELD(4, Event, kind).within(1, 5),
    WASMBED_FIELD(5, Event, source).within(0, 36),
    WASMBED_FIELD(6, Event, index),
    WASMBED_FIELD(7, Event, value),
    WASMBED_FIELD(8, Event, text).cut_at(120).if_present(),
};

constexpr Field kDroppedFields[] = {
    WASMBED_FIELD(1, Dropped, head.boot_id),
    WASMBED_FIELD(2, Dropped, head.seq),
    WASMBED_FIELD(3, Dropped, head.uptime_ms),
    WASMBED_FIELD(4, Dropped, count),
};

constexpr Field kAckFields[] = {
    WASMBED_FIELD(1, Ack, boot_id),
    WASMBED_FIELD(2, Ack, seq),
};

constexpr Field kEnrollFields[] = {
    WASMBED_FIELD(1, Enroll, name).within(1, 253).if_present(),
    WASMBED_FIELD(2, Enroll, hardware_id).within(1, 32),
    WASMBED_FIELD(3, Enroll, token_id).within(1, 36).if_present(),
    WASMBED_FIELD(4, Enroll, token).within(32, 32).if_present(),
    WASMBED_FIELD(5, Enroll, csr).within(1, 1024),
    WASMBED_FIELD(6, Enroll, board).within(1, 32),
};

constexpr Field kCertificate = element_of<Bytes>().within(1, 2048);
constexpr Field kEnrolledFields[] = {
    WASMBED_FIELD(1, Enrolled, outcome).within(0, 2),
    WASMBED_FIELD(2, Enrolled, chain).of(kCertificate).within(1, 3).if_present(),
    WASMBED_FIELD(3, Enrolled, namespace_name).within(1, 63).if_present(),
    WASMBED_FIELD(4, Enrolled, device_name).within(1, 253).if_present(),
    WASMBED_FIELD(5, Enrolled, uid).within(1, 36).if_present(),
    WASMBED_FIELD(6, Enrolled, reason).cut_at(200).if_present(),
    WASMBED_FIELD(7, Enrolled, retry_seconds).if_present(),
};

constexpr Field kRenewFields[] = {WASMBED_FIELD(1, Renew, csr).within(1, 1024)};
constexpr Field kRenewedFields[] = {WASMBED_FIELD(1, Renewed, chain).of(kCertificate).within(1, 3)};

}  // namespace

constinit const Shape Wire<Error>::kShape{kErrorFields};
constinit const Shape Wire<Hello>::kShape{kHelloFields};
constinit const Shape Wire<Welcome>::kShape{kWelcomeFields};
constinit const Shape Wire<Desired>::kShape{kDesiredFields};
constinit const Shape Wire<Reported>::kShape{kReportedFields};
constinit const Shape Wire<Fetch>::kShape{kFetchFields};
constinit const Shape Wire<Chunk>::kShape{kChunkFields};
constinit const Shape Wire<Heartbeat>::kShape{kHeartbeatFields};
constinit const Shape Wire<Log>::kShape{kLogFields};
constinit const Shape Wire<Event>::kShape{kEventFields};
constinit const Shape Wire<Dropped>::kShape{kDroppedFields};
constinit const Shape Wire<Ack>::kShape{kAckFields};
constinit const Shape Wire<Enroll>::kShape{kEnrollFields};
constinit const Shape Wire<Enrolled>::kShape{kEnrolledFields};
constinit const Shape Wire<Renew>::kShape{kRenewFields};
constinit const Shape Wire<Renewed>::kShape{kRenewedFields};

template <>
std::size_t decode_element(Bytes encoded, DesiredApp* element) {
    return read_element(encoded, kDesiredApp, element);
}
template <>
std::size_t decode_element(Bytes encoded, ReportedApp* element) {
    return read_element(encoded, kReportedApp, element);
}

}  // namespace wasmbed::proto
