#!/bin/bash
# make-secrets.sh FOLDER [KUBECTL...]: the roles' keys out of FOLDER, which `wasmbed pki` made for the gateways wasmbed-gateway-0 and -1,
# as the Secrets that the manifests mount. user-ca.key and service-ca.key stay off the cluster. KUBECTL: the command and its options.
set -euo pipefail
cd "${1:?the folder that wasmbed pki made}"
shift
kubectl=("${@:-kubectl}")

secret() {
  local name=$1 file
  shift
  "${kubectl[@]}" -n wasmbed create secret generic "$name" "${@/#/--from-file=}"
}

secret wasmbed-controller-pki device-ca.crt device-ca.key service-ca.crt manifest-signing.key controller.crt controller.key
secret wasmbed-gateway-pki service-ca.crt user-ca.crt device-ca.crt gateway-wasmbed-gateway-{0,1}.{crt,key}
secret wasmbed-emulator-pki service-ca.crt user-ca.crt emulator.crt emulator.key
secret wasmbed-web-pki service-ca.crt web.crt web.key
