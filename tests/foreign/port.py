"""Takes twisted/words/protocols/msn.py out of Twisted's source and brings its grammar to Python 3.

Only the grammar: octets and text, and the client's bugs, are dealt with in msnp8.py, each by its name.
"""

import hashlib
import sys
import tarfile

from fissix.refactor import RefactoringTool, get_fixers_from_package

SOURCE = "Twisted-15.5.0/twisted/words/protocols/msn.py"
SHA256 = "48fd6ceac49e393dea0e2e2721c0437e8280b2478a43108666c03f65c44f9b2d"

archive, target = sys.argv[1:]
with tarfile.open(archive) as tar:
    octets = tar.extractfile(SOURCE).read()
if hashlib.sha256(octets).hexdigest() != SHA256:
    sys.exit(f"{SOURCE} is not the file we know")
tool = RefactoringTool(get_fixers_from_package("fissix.fixes"))
with open(target, "w", encoding="utf-8") as file:
    file.write(str(tool.refactor_string(octets.decode(), SOURCE)))
