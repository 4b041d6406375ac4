#!/bin/bash
# build.sh DIR: a real kube-apiserver (and kube-controller-manager: garbage collector, namespaces, ServiceAccounts) 1.20.2 out of
# Debian's source package, into DIR/bin. About three minutes on two cores and, meanwhile, 3 GB of disk the first time; nothing when it is there.
# Needs the packages golang-1.19-go and dpkg-dev; etcd comes from the package etcd-server.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(realpath -m "${1:-.deps/kube}")
jobs=${JOBS:-$(nproc)}
version=1.20.5+really1.20.2-1.1+deb12u1
programs="kube-apiserver kube-controller-manager"

built() { for program in $programs; do [ -x "$dir/bin/$program" ] || return 1; done; }
built && exit 0
mkdir -p "$dir/source" "$dir/bin" "$dir/home"
exec 9>"$dir/lock"
flock 9
built && exit 0

tree=$dir/gopath/src/k8s.io/kubernetes
if [ ! -f "$tree/.unpacked" ]; then
  [ -f "$dir/source/kubernetes_$version.dsc" ] || tools/apt-source.sh "$dir/source" bookworm "kubernetes=$version"
  rm -rf "$tree"
  mkdir -p "$(dirname "$tree")"
  dpkg-source --no-check -x "$dir/source/kubernetes_$version.dsc" "$tree" >/dev/null
  # The vendored reflect2 1.0.1 crashes with Go >= 1.18 (the layout of maps changed) when the first custom resource is created.
  (cd "$dir/source" && apt-get -q download golang-github-modern-go-reflect2-dev >/dev/null && dpkg -x golang-github-modern-go-reflect2-dev_*.deb reflect2)
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -r "$dir/source/reflect2/usr/share/gocode/src/github.com/modern-go/reflect2" "$tree/vendor/github.com/modern-go/"
  touch "$tree/.unpacked"
fi

export GO111MODULE=off GOFLAGS='' GOPATH=$dir/gopath GOCACHE=$dir/gocache CGO_ENABLED=0 HOME=$dir/home GOMAXPROCS=$jobs
export PATH=/usr/lib/go-1.19/bin:$PATH
cd "$tree"
# The generated OpenAPI definitions are not in the tarball: made with the vendored generator.
if [ ! -f pkg/generated/openapi/zz_generated.openapi.go ]; then
  go build -o "$dir/bin/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  marked() { grep -rl --include='*.go' '+k8s:openapi-gen=' "$@" | xargs -n1 dirname | grep -v /testdata; }
  inputs=$({ marked pkg cmd plugin | sed 's#^#k8s.io/kubernetes/#'
    (cd staging/src && marked k8s.io | grep -v -e ^k8s.io/code-generator -e ^k8s.io/sample-apiserver | sed 's#^#k8s.io/kubernetes/vendor/#'); } | sort -u | paste -sd,)
  "$dir/bin/openapi-gen" --v 0 --logtostderr -h hack/boilerplate/boilerplate.generatego.txt -i "$inputs" \
    -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi -r "$dir/openapi-violations.txt"
fi
flags="-s -w"
for package in component-base/version client-go/pkg/version; do
  for value in gitVersion=v1.20.2 gitMajor=1 gitMinor=20 gitTreeState=clean gitCommit=debian; do
    flags="$flags -X k8s.io/kubernetes/vendor/k8s.io/$package.$value"
  done
done
for program in $programs; do
  # Without the cloud providers: half the size, and three minutes instead of five.
  go build -p "$jobs" -tags providerless -trimpath -ldflags "$flags" -o "$dir/bin/$program.part" "./cmd/$program"
  mv "$dir/bin/$program.part" "$dir/bin/$program"
done
# What stays is what runs.
rm -rf "$dir/gocache" "$dir/gopath" "$dir/source" "$dir/bin/openapi-gen"
