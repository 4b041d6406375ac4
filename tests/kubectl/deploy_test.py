#!/usr/bin/env python3
"""deploy/ as both kubectls render it: complete, hardened, and with labels that select what they should."""

import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBECTLS = [ROOT / ".deps/kubectl/usr/bin/kubectl", ROOT / ".deps/kubectl-1.32/usr/bin/kubectl"]
ROLES = ("controller", "gateway", "emulator", "web")


def render(kubectl, folder="deploy"):
    """The objects, each as a YAML document."""
    run = subprocess.run([kubectl, "kustomize", ROOT / folder], capture_output=True, text=True, check=True)
    return [document for document in run.stdout.split("\n---\n") if document.strip()]


def field(document, name):
    return [line.split(":", 1)[1].strip() for line in document.splitlines() if line.strip().startswith(f"{name}:")]


def kind(document):
    return next(line.split(": ")[1] for line in document.splitlines() if line.startswith("kind: "))


class Deploy(unittest.TestCase):
    def test_both_kubectls_render_the_same(self):
        first, second = ([(kind(d), field(d, "name")[0] if kind(d) != "Role" else "") for d in render(k)] for k in KUBECTLS)
        self.assertEqual(sorted(first), sorted(second))

    def test_1_20_gets_the_same_with_its_own_disruption_budgets(self):
        for kubectl in KUBECTLS:
            newer, older = render(kubectl), render(kubectl, "deploy/kubernetes-1.20")
            self.assertEqual([d.replace("policy/v1\n", "policy/v1beta1\n") for d in newer], older)
            self.assertEqual(sum("apiVersion: policy/v1beta1" in d for d in older), 2)

    def test_every_role_is_there_with_account_and_policy(self):
        documents = render(KUBECTLS[1])
        kinds = [kind(d) for d in documents]
        self.assertEqual(kinds.count("CustomResourceDefinition"), len(list((ROOT / "deploy/crds").glob("*.yaml"))), "each CRD is in kustomization.yaml")
        self.assertEqual(kinds.count("ServiceAccount"), len(ROLES))
        self.assertEqual(kinds.count("NetworkPolicy"), len(ROLES) + 1, "one for the Pods of boards")
        workloads = [d for d in documents if kind(d) in ("Deployment", "StatefulSet")]
        self.assertEqual({r for r in ROLES for d in workloads if f"serviceAccountName: wasmbed-{r}" in d}, set(ROLES))

    def test_everything_is_in_the_namespace_and_labelled(self):
        for document in render(KUBECTLS[1]):
            if kind(document) in ("Deployment", "StatefulSet", "Service", "ServiceAccount", "NetworkPolicy", "PodDisruptionBudget"):
                self.assertEqual(set(field(document, "namespace")), {"wasmbed"}, document)
            if kind(document) in ("Deployment", "StatefulSet"):
                role = field(document, "name")[0]
                for label in (f"app: {role}", f"app.kubernetes.io/name: {role}", "app.kubernetes.io/component:", "app.kubernetes.io/part-of: wasmbed"):
                    self.assertIn(f"\n        {label}", document, "on the Pods")

    def test_workloads_are_hardened_and_probed(self):
        for document in render(KUBECTLS[1]):
            if kind(document) not in ("Deployment", "StatefulSet"):
                continue
            for line in ("runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "- ALL", "type: RuntimeDefault",
                         "readinessProbe:", "livenessProbe:", "limits:", "app.kubernetes.io/part-of: wasmbed"):
                self.assertIn(line, document)

    def test_command_lines_are_those_of_the_binary(self):
        binary = ROOT / "build/bin/wasmbed"
        if not binary.exists():
            self.skipTest("build/bin/wasmbed is not built")
        for document in render(KUBECTLS[1]):
            if kind(document) not in ("Deployment", "StatefulSet"):
                continue
            arguments = [line.strip()[2:].strip("'\"") for line in document.split("args:")[1].split("\n        env:")[0].split("\n        image:")[0].splitlines() if line.strip().startswith("- ")]
            known = subprocess.run([binary, arguments[0], "--help"], capture_output=True, text=True, check=True).stdout
            for argument in arguments[1:]:
                self.assertIn(argument.split("=")[0] + " ", known, f"{arguments[0]} {argument}")


if __name__ == "__main__":
    unittest.main()
