#!/usr/bin/env python3
"""Every board that is built, in one fleet: each boots its own firmware, enrolls by itself, and runs the same Application, chosen by a label."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, NAMESPACE, Platform, application, device, wait_for  # noqa: E402

RECIPES = {recipe.name.removesuffix(".emulator.json"): json.loads(recipe.read_text()) for recipe in (BUNDLE / "firmware").glob("*.emulator.json")}
ALL_BOARDS = sorted(RECIPES)
BOARDS = ALL_BOARDS
SMALL_BOARDS = [board for board in ALL_BOARDS if RECIPES[board].get("credentials") == "psk"]


class EveryBoard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        for board in ALL_BOARDS:
            thing = device(f"a-{board}", board)
            thing["metadata"]["labels"] = {"fleet": "boards"}
            cls.platform.apply(thing)
        hello = application("hello", BUNDLE / "apps/hello.wasm", [], restart={"policy": "Never"}, limits={"stack": 256})
        hello["spec"]["target"] = {"selector": {"matchLabels": {"fleet": "boards"}}}
        cls.platform.apply(hello)

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    def each(self, what, probe):
        """`probe(device, board)` holds for each of them."""
        for board in BOARDS:
            with self.subTest(board):
                wait_for(f"{board}: {what}", lambda: probe(f"a-{board}", board))

    def test_each_connects_and_says_which_board_it_is(self):
        self.each("connected", lambda name, board: self.platform.connected(name))
        self.each(
            "enrolled as itself",
            lambda name, board: board in SMALL_BOARDS or self.platform.get("device", name)["status"]["enrollment"]["board"] == board,
        )
        enrolled = [board for board in BOARDS if board not in SMALL_BOARDS]
        ids = {board: self.platform.get("device", f"a-{board}")["status"]["enrollment"]["hardwareId"] for board in enrolled}
        self.assertEqual(len(set(ids.values())), len(enrolled), ids)

    def test_boards_of_8_kb_have_a_session_by_their_pre_shared_key_and_say_what_an_app_may_use(self):
        for board in SMALL_BOARDS:
            with self.subTest(board):
                wait_for(f"{board} connected", lambda: self.platform.connected(f"a-{board}"))
                status = self.platform.get("device", f"a-{board}")["status"]
                self.assertNotIn("identity", status)
                self.assertEqual((status["capacity"]["apps"], "wasm" in status["capacity"]["features"]), (1, True))
                self.assertLess(status["capacity"]["ram"], 8192)

    def test_one_application_runs_on_all_of_them(self):
        self.each("hello", lambda name, board: self.platform.logs(name, "hello") == ["hello from a Wasmbed app"])
        done = lambda: self.platform.get("application", "hello")["status"].get("completed") == len(BOARDS)
        wait_for(f"{len(BOARDS)} devices completed hello in {NAMESPACE}", done)


if __name__ == "__main__":
    unittest.main()
