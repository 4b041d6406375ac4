// Devices of the load generator: keys and certificates by the platform's own device CA, kept in a text file.
#pragma once

#include <string>
#include <vector>

#include "bench/gateway/client.hpp"

namespace wasmbed::bench {

/// Makes a key and a certificate for each line (a uid) of standard input and writes one line each to standard output:
/// `uid serial publicKeySha256 certificate key`, the last two as hex of PEM. `pki_folder` has device-ca.crt and .key.
/// Throws std::runtime_error.
void issue_identities(const std::string& pki_folder);

struct Identity {
    std::string uid;
    Credentials credentials;
};
/// The first `count` identities of such a file. Throws std::runtime_error when there are fewer.
std::vector<Identity> load_identities(const std::string& file, std::size_t count);

}  // namespace wasmbed::bench
