"""`tollgate init` prints configurations that pass `tollgate check` once the variables they name are set."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import SOURCE_SECRET, SUBSCRIBER_SECRET, TOLLGATE


def tollgate(*arguments, **variables):
    return subprocess.run([TOLLGATE, *arguments], env=dict(os.environ, **variables), capture_output=True, text=True, timeout=60)


def known_providers():
    """As the usage error names them."""
    return tollgate("init").stderr.partition("there are ")[2].strip().split(", ")


class Init(unittest.TestCase):
    def check(self, text, **variables):
        with tempfile.TemporaryDirectory(prefix="tollgate-test-") as folder:
            file = pathlib.Path(folder) / "tollgate.toml"
            file.write_text(text)
            return tollgate("check", "--config", str(file), **variables)

    def good(self, text):
        """The effective configuration of a text whose variables are set, without its comments."""
        lines = re.findall(r"^(?:secrets|url|secret|credentials) = .*", text, re.MULTILINE)
        names = [name for line in lines for name in re.findall(r"\$\{(\w+)\}", line)]
        values = {name: SUBSCRIBER_SECRET if name == "ORDERS_SECRET" else SOURCE_SECRET for name in names}
        self.assertIn("ORDERS_SECRET", values)
        for name in names:
            self.assertIn(f"#   {name}: ", text)
        checked = self.check(text, **values)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), text)
        for value in values.values():
            self.assertNotIn(value, checked.stdout)
        return re.sub(r" +# .*", "", checked.stdout)

    def test_each_provider_alone_and_all_together(self):
        providers = known_providers()
        self.assertIn("startbutton", providers)
        for chosen in [[name] for name in providers] + [providers]:
            with self.subTest(chosen):
                made = tollgate("init", *chosen)
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                effective = self.good(made.stdout)
                for name in chosen:
                    self.assertIn(f'\nname = "{name}"\nprovider = "{name}"\npath = "/in/{name}"\n', effective)
                self.assertEqual(effective.count("[[source]]"), len(chosen))
                self.assertEqual(effective.count("[[subscriber]]"), 1)

    def test_what_is_commented_out_is_the_default(self):
        for store in ("embedded", "redis"):
            with self.subTest(store):
                made = tollgate("init", *known_providers(), "--store", store).stdout
                uncommented, count = re.subn(r"^# (\w+ = )", r"\1", made, flags=re.MULTILINE)
                self.assertGreater(count, 10)
                self.assertEqual(self.good(uncommented), self.good(made))

    def test_what_can_be_switched_on_is_good(self):
        def switch_on(text):
            return re.sub(r"^#(?=[\[\w])", "", text, flags=re.MULTILINE)

        for chosen in [[name] for name in known_providers()] + [known_providers()]:
            with self.subTest(chosen):
                made = tollgate("init", *chosen).stdout
                effective = self.good(switch_on(made))
                self.assertIn('\n[[token]]\nname = "checkout"\nsecret = "${CHECKOUT_TOKEN}"\nscopes = ["expect"]\n', effective)
                asked = [name for name in chosen if f"# Asks {name} itself" in made]
                self.assertEqual(effective.count("[source.requery]"), len(asked))
                # Beside the credentials it says what is in effect without it.
                defaults = r"^#(?:(?:first_after|give_up_after|rate|on_unconfirmed) = .*|base_url = .*# the default)\n"
                least, left_out = re.subn(defaults, "", made, flags=re.MULTILINE)
                self.assertGreaterEqual(left_out, 4 * len(asked))
                self.assertEqual(self.good(switch_on(least)), effective)

    def test_the_store_is_the_one_that_was_asked_for(self):
        embedded = tollgate("init", "startbutton")
        self.assertEqual(tollgate("init", "startbutton", "--store", "embedded").stdout, embedded.stdout)
        self.assertNotIn("redis", embedded.stdout)
        self.assertIn('\nengine = "embedded"\n', self.good(embedded.stdout))
        made = tollgate("init", "startbutton", "honeycoin", "--store", "redis")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        effective = self.good(made.stdout)
        self.assertIn('\nengine = "redis"\n', effective)
        self.assertIn('\nretention = "1d"\n', effective)
        self.assertIn('\n[store.redis]\nurl = "redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0"\n', effective)
        self.assertEqual(effective.count("[[source]]"), 2)

    def test_the_variables_are_named_when_they_are_missing(self):
        os.environ.pop("STARTBUTTON_SECRET", None)
        checked = self.check(tollgate("init", "startbutton").stdout, ORDERS_SECRET=SUBSCRIBER_SECRET)
        self.assertEqual(checked.returncode, 2)
        self.assertIn("STARTBUTTON_SECRET is not set", checked.stderr)

    def test_slips_are_said(self):
        for arguments, said in [
            ([], "init wants at least one provider; there are startbutton"),
            (["startbuton"], "no provider is called startbuton; there are startbutton"),
            (["startbutton", "startbutton"], "startbutton is named twice"),
            (["startbutton", "--store", "mysql"], "no store is called mysql; there are embedded, redis"),
        ]:
            with self.subTest(arguments):
                made = tollgate("init", *arguments)
                self.assertEqual((made.returncode, made.stdout), (2, ""))
                self.assertIn(said, made.stderr)


if __name__ == "__main__":
    unittest.main()
