// Keys and certificates of simulated devices, kept in a text file so that they enroll once.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/pki/openssl_ptr.hpp"

namespace wasmbed::simulator {

struct Identity {
    std::string uid;
    pki::X509Ptr certificate;
    pki::EvpKeyPtr key;
};

/// A line of the file: `uid serial publicKeySha256 certificate key`, the last two as hex of PEM.
std::string identity_line(const std::string& uid, const std::string& certificate_pem, const std::string& key_pem);

/// The identities of a file, at most `count`; none when there is no such file. The error names the damaged line.
Result<std::vector<Identity>, std::string> read_identities(const std::string& path, std::size_t count);

/// Appends lines; the file is made with mode 0600.
Result<void, std::string> append_identities(const std::string& path, const std::vector<std::string>& lines);

}  // namespace wasmbed::simulator
