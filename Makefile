# SPDX-License-Identifier: Apache-2.0
# make demo: set up, build, and run the main job and two other methods on the bundled pair. make test: set up, and run all tests.

PREFIX ?= /usr/local
PACKAGES = fonts-dejavu-core libcairo2-dev libebur128-dev libhdf5-dev libkissfft-dev liblbfgsb-dev libmpg123-dev \
    libopenblas-dev libsamplerate0-dev libsndfile1-dev libsqlite3-dev libssl-dev libtag1-dev pkg-config
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PROGRAM = .build/release/wavestyle
INSTALL_BUILD = .build/install
# Where packages are put, of what `make install` puts into STAGE; and the bare roots of Debian that they are tested in.
BUILT_PACKAGES = .build/packages
STAGE = $(BUILT_PACKAGES)/stage
BUNDLE = $(BUILT_PACKAGES)/wavestyle-$(VERSION)-linux-x86_64
VERSION = $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/wavestyle/Wavestyle.swift)
ROOTS = .build/roots
TEST = swift test -c release -Xswiftc -enable-testing --disable-xctest --skip-build
BUNDLED = Sources/wavestyle/Resources/sounds
DOCS = .build/docs
# The path of the documentation on its server; empty for its root.
DOCS_BASE =
# Where the gallery is, on which systems, with how many iterations, on how many seconds of each sound (empty: as many as there are), and how many
# transfers at a time. WITHOUT_DOCS=1 leaves the API's reference out, which takes minutes to build.
GALLERY_OUT ?= .build/gallery
GALLERY_SYSTEMS ?= mosaic,mosaic-grains,mosaic-tonal,mosaic-play,clean,clean-stft,published
GALLERY_ITERATIONS ?= 20
GALLERY_SECONDS ?= 1.5
GALLERY_JOBS ?= $(if $(filter 1,$(shell nproc)),1,2)
WITHOUT_DOCS ?=
RENDER_GALLERY = $(if $(WITHOUT_DOCS),:,$(MAKE) docs DOCS="$(GALLERY_OUT)/api" DOCS_BASE=api) && PYTHONPATH=Tools /usr/bin/python3 -m gallery \
    --program $(PROGRAM) --out "$(GALLERY_OUT)" --systems "$(GALLERY_SYSTEMS)" --iterations "$(GALLERY_ITERATIONS)" \
    --seconds "$(GALLERY_SECONDS)" --jobs $(GALLERY_JOBS)
# Where test-browser and test-studio put pages and screenshots, and how many steps the pages' runs take.
BROWSER_OUT = .build/browser
BROWSER_STEPS = 10
CHECK_STUDIO = for check in studio listen; do \
    /usr/bin/python3 Tests/Browser/check_$$check.py --screenshots "$(BROWSER_OUT)" $(PROGRAM) || exit 1; done
# What sound-check judges, on which pairs, on how many seconds of each content (the sounds have 1.5), and how many pairs at a time.
SOUND_CHECK_SYSTEMS ?= nsynth-voice,clean,ulyanov,clean-stft
SOUND_CHECK_PAIRS ?= Benchmarks/sounds/pairs.json
SOUND_CHECK_SECONDS ?= 1
SOUND_CHECK_JOBS ?= $(if $(filter 1,$(shell nproc)),1,2)
# What fuzz tries, for how many seconds each, or how many inputs where RUNS is given.
FUZZ_BODIES = table entries archive manifest layers sounds
SECONDS = 60
RUNS =
# How long the sounds are whose memory bench-mosaic measures; 0 for none.
BENCH_MOSAIC_MINUTES ?= 10
# Changed weights files of each kind that test-mutants gives to the program, and sounds of each of eight formats.
MUTANTS = 2000
SOUND_MUTANTS = 625
# How often test-kills kills runs, and the studio's server.
KILLS = 200
STUDIO_KILLS = 50
# The interpreter that test-python tests, and what test-torch installs.
PYTHON ?= /usr/bin/python3
TORCH ?= torch
# Where test-sounds puts sounds of another project's tests.
FOREIGN_SOUNDS = .build/foreign-sounds
# What judge listens to: a list of pairs (tune, final, held, or a path), systems, where everything is kept, and how many pairs at a time.
PAIRS ?= tune
SYSTEMS ?= clean,ulyanov,baseline:mix,baseline:control,baseline:nmf-transposed
JUDGE_OUT ?= output/judge
JUDGE_JOBS ?= 1
JUDGE_PYTHON = .venv-judge/bin/python
EXPERIMENTS = pitch-to-pitch pitch-to-chord chord-to-pitch voice-to-instrument

.PHONY: help demo gallery build build-tests examples docs setup install uninstall deb tarball wheel clean lint format sounds protobuf
.PHONY: test test-asan test-tsan test-browser test-studio test-slurm test-gallery test-python test-torch test-packages test-faults test-kills test-mutants test-sounds
.PHONY: coverage fuzz fuzz-build sound-check bench bench-peers bench-import bench-mosaic judge judge-setup judge-test

help:
	@echo "make demo              set up, build, and put a published method, clean and mosaic on one page to listen to: output/demo.html"
	@echo "make gallery           render sounds under every system, the documents and the API's reference as a site: $(GALLERY_OUT)"
	@echo "make test              set up, build, run all tests"
	@echo "make test-asan         run all tests under AddressSanitizer; make test-tsan under ThreadSanitizer"
	@echo "make coverage          run all tests, and print which share of each file they reach"
	@echo "make test-browser      open pages in headless Chromium and play them, then test-studio; screenshots in $(BROWSER_OUT)"
	@echo "make test-studio       work in the studio and take a listening test in headless Chromium, as people do; screenshots in $(BROWSER_OUT)"
	@echo "make test-slurm        sweep on a Slurm cluster of three nodes on this host, of which one is killed; the same bytes as a local sweep"
	@echo "make test-gallery      render a small gallery and open all its pages in headless Chromium; WITHOUT_DOCS=1 leaves the reference out"
	@echo "make test-python       test the Python package with PYTHON=$(PYTHON) in .venv-python, its types and its notebook"
	@echo "make test-torch        test its example with PyTorch, TORCH=$(TORCH) from PyPI (2 GB where that is not a CPU build)"
	@echo "make test-mutants      give MUTANTS=$(MUTANTS) damaged weights files and checkpoints to the program, and 8 times SOUND_MUTANTS=$(SOUND_MUTANTS) sounds"
	@echo "make test-kills        kill runs KILLS=$(KILLS) times at random moments, continue them, and compare what comes out;"
	@echo "                       kill the studio's server STUDIO_KILLS=$(STUDIO_KILLS) times, and look for all that it acknowledged"
	@echo "make test-faults       let every call of some commands that changes files fail, and kill them there"
	@echo "make test-sounds       read the sounds of another project's tests as ffmpeg reads them"
	@echo "make fuzz              libFuzzer on the readers of untrusted files: SECONDS=$(SECONDS) each, or RUNS=..."
	@echo "make sound-check       judge SOUND_CHECK_SYSTEMS=... on SOUND_CHECK_SECONDS=$(SOUND_CHECK_SECONDS) of SOUND_CHECK_PAIRS=...: output/sound-check"
	@echo "make judge             judge SYSTEMS=... on PAIRS=tune, final, held or a JSON file by trained listeners: JUDGE_OUT=$(JUDGE_OUT)"
	@echo "make judge-setup       install these listeners into .venv-judge (6 GB); make judge does so by itself"
	@echo "make judge-test        test the judge"
	@echo "make build             build the program: $(PROGRAM)"
	@echo "make examples          build and run the programs of Examples on the bundled pair"
	@echo "make docs              build WavestyleKit's documentation: $(DOCS)"
	@echo "make install           install below PREFIX=$(PREFIX); make uninstall removes that"
	@echo "make deb               a Debian package; make tarball: a folder that runs on any Linux; make wheel: the Python package; in $(BUILT_PACKAGES)"
	@echo "make test-packages     build these, and install and use each in a bare Debian"
	@echo "make bench             time one iteration, then bench-mosaic without its ten minutes"
	@echo "make bench-peers       the same, compared with PyTorch, TensorFlow and librosa (about 2 GB)"
	@echo "make bench-import      import a checkpoint of the size of NSynth's: time, memory, bytes read"
	@echo "make bench-mosaic      time the mosaic beside clean, ulyanov and NumPy; its memory for BENCH_MOSAIC_MINUTES=$(BENCH_MOSAIC_MINUTES)"
	@echo "make lint, make format check or fix the formatting of the sources"

# So few iterations that it takes less than a minute on two cores with AVX2; whole runs have 100 and 75.
demo: build
	@mkdir -p output/demo
	$(PROGRAM) --loss gram --layers relu1 --iterations 12 --trace output/demo/published.jsonl --output output/demo/published.wav
	$(PROGRAM) --preset clean --iterations 24 --trace output/demo/clean.jsonl --output output/demo/clean.wav
	$(PROGRAM) --output output/demo/mosaic.wav
	$(PROGRAM) report output/demo/published.wav output/demo/clean.wav output/demo/mosaic.wav \
	    --title "A voice in the style of a flute, by three methods" --output output/demo.html
	@echo "A voice in the style of a flute, by the published method (12 iterations), clean (24) and mosaic: $(CURDIR)/output/demo"
	@echo "To hear and see them next to both sounds: $(CURDIR)/output/demo.html"

# Static pages, which need no server but for the reference, of DocC: Tools/gallery/README.md.
gallery: PACKAGES += cmark-gfm
gallery: build
	$(RENDER_GALLERY)
	@echo "To listen and read: $(abspath $(GALLERY_OUT))/index.html"
	@echo "With the API's reference: python3 -m http.server -d $(GALLERY_OUT) 8000, then http://localhost:8000"

# What build-tests built: with other flags `swift test` would build everything anew.
# ffmpeg reads what we write and writes what we read.
test: PACKAGES += ffmpeg
test: build-tests
	$(TEST)

# The sanitizers' reports, also of the programs that tests start. What tests measure of a process' memory is left out.
# One that is found ends its process with 99, which is no exit code of ours.
test-asan: SANITIZER = address
test-tsan: SANITIZER = thread
test-asan test-tsan: PACKAGES += ffmpeg
test-asan test-tsan: INSTRUMENTED = --sanitize=$(SANITIZER) --scratch-path .build/$(SANITIZER)
test-asan test-tsan: REPORTS = $(abspath .build/$(SANITIZER))/report
test-asan test-tsan: setup
	swift build -c release --build-tests -Xswiftc -enable-testing $(INSTRUMENTED)
	rm -f $(REPORTS).*
	SWIFT_BACKTRACE=enable=no WAVESTYLE_MUTANTS=8 WAVESTYLE_SOUND_MUTANTS=4 \
	    ASAN_OPTIONS=detect_leaks=0:exitcode=99:log_path=$(REPORTS) TSAN_OPTIONS=exitcode=99:log_path=$(REPORTS) $(TEST) $(INSTRUMENTED)
	! cat $(REPORTS).* 2>/dev/null

# Swift's own tools read what its compiler writes. The programs that tests start count too, but for limited children, which may write no file:
# 2 MB for each, some gigabytes meanwhile. Files that several share are destroyed by tests that kill programs.
coverage: PACKAGES += ffmpeg
coverage: LLVM = $(dir $(shell readlink -f "$$(command -v swift)"))
coverage: PROFILES = $(abspath .build/coverage/profiles)
coverage: setup
	swift build -c release --build-tests -Xswiftc -enable-testing --enable-code-coverage --scratch-path .build/coverage
	rm -rf $(PROFILES)
	mkdir -p $(PROFILES)
	chmod 1777 $(PROFILES)
	LLVM_PROFILE_FILE=$(PROFILES)/%p.profraw $(TEST) --scratch-path .build/coverage
	$(LLVM)llvm-profdata merge --sparse --failure-mode=all $(PROFILES) -o .build/coverage/all.profdata
	rm -rf $(PROFILES)
	$(LLVM)llvm-cov report .build/coverage/release/wavestylePackageTests.xctest -object .build/coverage/release/wavestyle \
	    -instr-profile .build/coverage/all.profdata Sources

test-browser test-studio: PACKAGES += chromium chromium-driver python3-selenium
test-browser: build-tests
	@mkdir -p "$(BROWSER_OUT)" && rm -f "$(BROWSER_OUT)/sample.html" "$(BROWSER_OUT)/run.html"
	WAVESTYLE_SAMPLE_PAGE="$(abspath $(BROWSER_OUT))/sample.html" $(TEST) --filter PageTests
	$(PROGRAM) --preset clean --iterations $(BROWSER_STEPS) --snapshots 0 --trace "$(BROWSER_OUT)/run.jsonl" --output "$(BROWSER_OUT)/run.wav" \
	    --report "$(BROWSER_OUT)/run.html" --quiet
	$(PROGRAM) compare --iterations $(BROWSER_STEPS) --output "$(BROWSER_OUT)/compare" --quiet
	$(PROGRAM) compare --pairs Tests/Browser/pairs.json --control --iterations $(BROWSER_STEPS) --output "$(BROWSER_OUT)/pairs" --quiet
	for name in $(EXPERIMENTS); do \
	    $(PROGRAM) experiment $$name --iterations $(BROWSER_STEPS) --output "$(BROWSER_OUT)/$$name" --quiet || exit 1; \
	done
	/usr/bin/python3 Tests/Browser/check_page.py --screenshots "$(BROWSER_OUT)" "$(BROWSER_OUT)/sample.html" "$(BROWSER_OUT)/run.html" \
	    $(patsubst %,"$(BROWSER_OUT)/%/index.html",compare pairs $(EXPERIMENTS))
	$(PROGRAM) sweep run Tests/Browser/plan.yaml --output "$(BROWSER_OUT)/sweep" --quiet
	/usr/bin/python3 Tests/Browser/check_sweep.py --screenshots "$(BROWSER_OUT)" "$(BROWSER_OUT)/sweep/index.html"
	$(CHECK_STUDIO)

# Two minutes: a server on a folder of its own, a false microphone, and at the end a library of 5,000 results.
test-studio: build-tests
	$(CHECK_STUDIO)

# The cluster is the check's own: it needs the packages, and none of their services.
test-slurm: PACKAGES += munge slurm-client slurm-wlm slurmctld slurmd
test-slurm: build-tests
	/usr/bin/python3 Tests/Cluster/check_sweep.py $(PROGRAM)

# A small one: a system of each kind, and hardly a step.
test-gallery: PACKAGES += cmark-gfm chromium chromium-driver python3-selenium
test-gallery: GALLERY_OUT = .build/gallery-test
test-gallery: GALLERY_SYSTEMS = mosaic,clean,ulyanov
test-gallery: GALLERY_ITERATIONS = 2
test-gallery: GALLERY_SECONDS =
test-gallery: build-tests
	$(RENDER_GALLERY)
	/usr/bin/python3 Tests/Browser/check_gallery.py --screenshots "$(BROWSER_OUT)" "$(GALLERY_OUT)"

test-mutants: PACKAGES += ffmpeg
test-mutants: build-tests
	WAVESTYLE_MUTANTS=$(MUTANTS) WAVESTYLE_SOUND_MUTANTS=$(SOUND_MUTANTS) $(TEST) --filter MutantTests

# Every call of some commands that changes files fails, and is where SIGKILL ends them.
test-faults: build-tests
	WAVESTYLE_ALL_FAULTS=1 $(TEST) --filter FileFaultTests

test-kills: build
	/usr/bin/python3 Tools/faults/kills.py --program $(PROGRAM) --kills $(KILLS)
	/usr/bin/python3 Tools/faults/studio_kills.py --program $(PROGRAM) --kills $(STUDIO_KILLS)

# The package runs the program that is built here. PyTorch is needed by an example only.
test-python test-torch: PACKAGES += python3-venv
test-python: build-tests
	PYTHON="$(PYTHON)" Python/setup.sh python
	cd Python && ../.venv-python/bin/python -m mypy
	cd Python && WAVESTYLE_PROGRAM="$(abspath $(PROGRAM))" ../.venv-python/bin/python -m pytest

test-torch: build-tests
	PYTHON="$(PYTHON)" Python/setup.sh torch "$(TORCH)"
	cd Python && WAVESTYLE_PROGRAM="$(abspath $(PROGRAM))" ../.venv-torch/bin/python -m pytest tests/with_torch

# Sounds of other projects' own tests, which their source packages on PyPI have: whole, odd and broken ones.
test-sounds: PACKAGES += ffmpeg python3-pip
test-sounds: build-tests
	@mkdir -p "$(FOREIGN_SOUNDS)"
	/usr/bin/python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$(FOREIGN_SOUNDS)" mutagen==1.48.1 audiofile==1.6.1
	for archive in "$(FOREIGN_SOUNDS)"/*.tar.gz; do tar -xzf "$$archive" -C "$(FOREIGN_SOUNDS)" || exit 1; done
	WAVESTYLE_FOREIGN_SOUNDS="$(abspath $(FOREIGN_SOUNDS))/mutagen-1.48.1/tests/data:$(abspath $(FOREIGN_SOUNDS))/audiofile-1.6.1/tests/assets" \
	    $(TEST) --filter ForeignSoundTests

# What a fuzzer finds is in .build/fuzz: fix it, and add it to Fuzz/Corpus.
fuzz: fuzz-build
	for body in $(FUZZ_BODIES); do \
	    mkdir -p .build/fuzz/$$body && \
	    WAVESTYLE_FUZZ=$$body SWIFT_BACKTRACE=enable=no Fuzz/.build/release/wavestyle-fuzz -max_len=4096 -timeout=5 \
	        -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 -use_value_profile=1 $(if $(RUNS),-runs=$(RUNS),-max_total_time=$(SECONDS)) \
	        -artifact_prefix=.build/fuzz/$$body- .build/fuzz/$$body Fuzz/Corpus/$$body || exit 1; \
	done

fuzz-build: setup
	swift build -c release --package-path Fuzz --sanitize=fuzzer

sound-check: build
	$(PROGRAM) compare --pairs $(SOUND_CHECK_PAIRS) --systems $(SOUND_CHECK_SYSTEMS) --control \
	    --duration $(SOUND_CHECK_SECONDS) --jobs $(SOUND_CHECK_JOBS) --output output/sound-check
	@echo "To hear and see it: $(CURDIR)/output/sound-check/index.html"

# Files of PyPI and of Debian packages, which are unpacked and not installed: Tools/judge/README.md.
judge: build judge-setup
	PYTHONPATH=Tools $(JUDGE_PYTHON) -m judge --pairs "$(PAIRS)" --systems "$(SYSTEMS)" --out "$(JUDGE_OUT)" --program $(PROGRAM) \
	    --jobs $(JUDGE_JOBS)

judge-setup:
	Tools/judge/setup.sh

judge-test: judge-setup
	OMP_NUM_THREADS=1 $(JUDGE_PYTHON) -m pytest -q -p no:cacheprovider Tools/judge/tests

build: setup
	swift build -c release --product wavestyle

build-tests: setup
	swift build -c release --build-tests -Xswiftc -enable-testing

# A package of its own, as a user's is; with the flags and the folder of build-tests, so that nothing is built twice.
examples: setup
	swift build -c release --package-path Examples --scratch-path .build -Xswiftc -enable-testing
	@mkdir -p output/examples
	.build/release/transfer $(BUNDLED)/voice.flac $(BUNDLED)/flute.flac output/examples/transfer.wav 2
	.build/release/activations $(BUNDLED)/voice.flac
	.build/release/custom-loss $(BUNDLED)/voice.flac $(BUNDLED)/flute.flac output/examples/custom-loss.wav

docs: setup
	@mkdir -p "$(dir $(DOCS))"
	WAVESTYLE_DOCS=1 swift package --scratch-path .build/docs-build --disable-sandbox --allow-writing-to-directory $(DOCS) \
	    generate-documentation --target WavestyleKit --output-path $(DOCS) --transform-for-static-hosting \
	    $(if $(DOCS_BASE),--hosting-base-path $(DOCS_BASE)) --warnings-as-errors
	$(if $(DOCS_BASE),,@echo "To read it: python3 -m http.server -d $(DOCS) 8000, then http://localhost:8000/documentation/wavestylekit")

# Installs what is missing, and asks for no password where nothing is.
setup:
	@command -v swift >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install" >&2; exit 1; }
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	    echo "Installing" $$missing; \
	    $(SUDO) apt-get update -qq && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

# The installed program carries the Swift runtime; it needs only the libraries named above. What packages hold is this, too.
install: SHARE = $(DESTDIR)$(PREFIX)/share
install: setup
	swift build -c release --product wavestyle --static-swift-stdlib --disable-local-rpath \
	    --scratch-path $(INSTALL_BUILD)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1
	install -m 755 -s $(INSTALL_BUILD)/release/wavestyle $(DESTDIR)$(PREFIX)/bin/wavestyle
	install -D -m 644 -t $(SHARE)/wavestyle weights-manifest.json
	install -D -m 644 -t $(SHARE)/wavestyle/sounds $(BUNDLED)/*.flac $(BUNDLED)/README.md
	install -D -m 644 -t $(SHARE)/wavestyle/sounds/notes $(BUNDLED)/notes/*.flac
	install -D -m 644 -t $(SHARE)/doc/wavestyle LICENSE Packaging/debian/copyright
	install -D -m 644 -t $(SHARE)/applications Packaging/share/wavestyle-studio.desktop
	install -D -m 644 -t $(SHARE)/icons/hicolor/scalable/apps Packaging/share/wavestyle.svg
	install -d $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(INSTALL_BUILD)/release/wavestyle --generate-completion-script bash > $(SHARE)/bash-completion/completions/wavestyle
	$(INSTALL_BUILD)/release/wavestyle --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_wavestyle
	$(INSTALL_BUILD)/release/wavestyle --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/wavestyle.fish
	$(INSTALL_BUILD)/release/wavestyle generate-manual $(SHARE)/man/man1

uninstall: SHARE = $(DESTDIR)$(PREFIX)/share
uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/bin/wavestyle $(SHARE)/wavestyle $(SHARE)/doc/wavestyle $(SHARE)/applications/wavestyle-studio.desktop \
	    $(SHARE)/icons/hicolor/scalable/apps/wavestyle.svg $(SHARE)/bash-completion/completions/wavestyle \
	    $(SHARE)/zsh/site-functions/_wavestyle $(SHARE)/fish/vendor_completions.d/wavestyle.fish $(SHARE)/man/man1/wavestyle.1 \
	    $(SHARE)/man/man1/wavestyle-*.1

# Packages are the same bytes for the same commit and program: no date in them is later than the commit's.
deb tarball wheel test-packages: PACKAGES += dpkg-dev patchelf python3-pip xz-utils
deb tarball wheel test-packages: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)

.PHONY: $(STAGE) $(BUNDLE)
$(STAGE):
	rm -rf $(STAGE)
	$(MAKE) install DESTDIR=$(abspath $(STAGE)) PREFIX=/usr

# The program and all that it loads but the C library.
$(BUNDLE): $(STAGE) setup
	Packaging/bundle.sh $(STAGE) $(BUNDLE)

deb: $(STAGE) setup
	Packaging/deb.sh $(STAGE) $(BUILT_PACKAGES)

tarball: $(BUNDLE)
	tar -C $(BUILT_PACKAGES) --sort=name --mtime=@$$SOURCE_DATE_EPOCH --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	    --format=gnu -c $(notdir $(BUNDLE)) | xz -9e -T1 > $(BUNDLE).tar.xz

# The module is built by the tool that Python/pyproject.toml names; the program is added to that.
wheel: $(BUNDLE)
	rm -rf $(BUILT_PACKAGES)/module
	/usr/bin/python3 -m pip wheel --quiet --no-deps --wheel-dir $(BUILT_PACKAGES)/module ./Python
	/usr/bin/python3 Packaging/wheel.py $(BUILT_PACKAGES)/module/wavestyle-$(VERSION)-py3-none-any.whl $(BUNDLE) $(BUILT_PACKAGES)

# In bare roots of Debian without Swift; as root, in a namespace whose mounts and processes end with it.
test-packages: PACKAGES += debootstrap lintian
test-packages: deb tarball wheel build
	lintian --fail-on error,warning --info $(BUILT_PACKAGES)/wavestyle_$(VERSION)_amd64.deb
	$(SUDO) unshare --mount --pid --fork --kill-child --mount-proc /usr/bin/python3 Packaging/test_packages.py --roots $(ROOTS) \
	    --program $(PROGRAM) $(BUILT_PACKAGES)/wavestyle_$(VERSION)_amd64.deb $(BUNDLE).tar.xz \
	    $(BUILT_PACKAGES)/wavestyle-$(VERSION)-py3-none-manylinux_2_36_x86_64.whl

bench: setup
	swift build -c release --product wavestyle-bench
	.build/release/wavestyle-bench
	$(MAKE) bench-mosaic BENCH_MOSAIC_MINUTES=0

bench-peers: setup
	swift build -c release --product wavestyle-bench
	Benchmarks/setup.sh peers
	.venv-peers/bin/python Benchmarks/peers/compare.py --program .build/release/wavestyle-bench
	.venv-peers/bin/python Benchmarks/peers/spectra.py --program .build/release/wavestyle-bench

bench-import: build
	/usr/bin/python3 Benchmarks/import/measure.py --program $(PROGRAM) --folder .build/bench-import

bench-mosaic: PACKAGES += python3-venv
bench-mosaic: build
	Benchmarks/setup.sh mosaic
	/usr/bin/python3 Benchmarks/mosaic/measure.py --program $(PROGRAM) --python .venv-mosaic/bin/python \
	    --folder .build/bench-mosaic --minutes $(BENCH_MOSAIC_MINUTES)

# Needed again only when a .proto changes.
protobuf: PACKAGES += protobuf-compiler
protobuf: setup
	swift build -c release --product protoc-gen-swift
	cd Sources/WeightLoader/Checkpoint && protoc --plugin="$(abspath .build/release/protoc-gen-swift)" --swift_out=. tensor_bundle.proto

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks Fuzz Examples/Package.swift Examples/Sources

format:
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks Fuzz Examples/Package.swift Examples/Sources

sounds:
	Sources/wavestyle/Resources/sounds/make-sounds.sh
	Benchmarks/sounds/make-sounds.sh

clean:
	[ ! -e $(ROOTS) ] || $(SUDO) rm -rf $(ROOTS)
	rm -rf .build output
