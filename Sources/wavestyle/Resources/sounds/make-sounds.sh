#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes voice.flac, flute.flac and the notes of the experiments again: mono, 16 kHz, 16 bit.
#
#   make-sounds.sh [FOLDER]     FOLDER: where to write (default: the folder this script is in)
#
# Debian packages: espeak-ng fluidsynth fluid-soundfont-gm sox flac
# SOUNDFONT names another copy of FluidR3_GM.sf2.
#
# Nothing here is random: sox runs without dither (-D), fluidsynth renders to float (no dither either),
# FLAC stores no date. The same package versions give the same bytes.

set -eu

sentence='Every sound can wear the style of another.'
folder=${1:-$(dirname "$0")}
soundfont=${SOUNDFONT:-/usr/share/sounds/sf2/FluidR3_GM.sf2}

for tool in espeak-ng fluidsynth sox flac; do
    command -v "$tool" >/dev/null || { echo "make-sounds.sh: '$tool' is missing; install the packages named in this script" >&2; exit 1; }
done
[ -r "$soundfont" ] || { echo "make-sounds.sh: no sound font at $soundfont; install fluid-soundfont-gm or set SOUNDFONT" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# voice: espeak-ng's own formant synthesiser, British English, 165 words a minute.
espeak-ng -v en-gb -s 165 -w "$work/voice-22k.wav" "$sentence"
# Silence is cut at both ends, 10 ms of fade in, 30 ms of fade out, peak at -2 dBFS.
sox -V1 -D "$work/voice-22k.wav" -b 16 "$work/voice.wav" \
    gain -6 rate -v 16000 \
    silence 1 0.005 0.5% fade t 0.01 \
    reverse silence 1 0.005 0.5% fade t 0.03 reverse gain -n -2

# note NAME PROGRAM KEY TICKS SECONDS: one note by fluidsynth. The MIDI file has format 0, one track, 480 ticks a beat, 120 beats a minute:
# 960 ticks a second. PROGRAM, counted from 0, KEY and TICKS (two bytes of a variable-length number) are octal for printf.
note() {
    {
        printf 'MThd\000\000\000\006\000\000\000\001\001\340'
        printf 'MTrk\000\000\000\021'
        printf "\\000\\300\\$2"                 # the instrument
        printf "\\000\\220\\$3\\144"            # note on, velocity 100
        printf "$4\\200\\$3\\100"               # note off
        printf '\206\000\377\057\000'           # after 768 ticks, 0.8 s: end of track
    } > "$work/$1.mid"
    fluidsynth -n -i -q -R 0 -C 0 -r 48000 -T wav -O float -F "$work/$1-48k.wav" "$soundfont" "$work/$1.mid"
    # Cut from the attack, both channels averaged, 5 ms of fade in, 100 ms of fade out, peak at -2 dBFS.
    sox -V1 -D "$work/$1-48k.wav" -b 16 "$work/$1.wav" \
        remix - rate -v 16000 silence 1 0.005 0.5% trim 0 "$5" \
        fade t 0.005 "$5" 0.1 gain -n -2
}

note flute 111 105 '\217\140' 2.2               # flute (73), A4 (69): on for 2.1 s
for name in voice-low:065:060 voice-high:065:105 flute-c:111:074 flute-e:111:100 flute-g:111:103; do
    # Voice oohs (53): C3 (48) and A4 (69); flute: C4 (60), E4 (64) and G4 (67): on for 3 s.
    program=${name#*:}
    note "${name%%:*}" "${program%:*}" "${name##*:}" '\226\100' 3
done

mkdir -p "$folder/notes"
encode() { flac --silent --force --best --no-padding --no-seektable -o "$folder/$2$1.flac" "$work/$1.wav"; }
for name in voice flute; do encode $name ""; done
for name in voice-low voice-high flute-c flute-e flute-g; do encode $name notes/; done
(cd "$folder" && sha256sum ./*.flac notes/*.flac)
