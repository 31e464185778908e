# SPDX-License-Identifier: Apache-2.0
#
# What the scripts that make sounds have in common; they read it by `.`. $work is a folder for the meantime.
#
# Debian packages: espeak-ng fluidsynth fluid-soundfont-gm sox flac
# SOUNDFONT names another copy of FluidR3_GM.sf2.
#
# Nothing here is random: sox runs without dither (-D) and draws the same noise each time (-R), fluidsynth renders to
# float (no dither either), FLAC stores no date. The same package versions give the same bytes.

set -eu

script=$(basename "$0")
soundfont=${SOUNDFONT:-/usr/share/sounds/sf2/FluidR3_GM.sf2}

for tool in espeak-ng fluidsynth sox flac; do
    command -v "$tool" >/dev/null || { echo "$script: '$tool' is missing; install the packages named in this script" >&2; exit 1; }
done
[ -r "$soundfont" ] || { echo "$script: no sound font at $soundfont; install fluid-soundfont-gm or set SOUNDFONT" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# speak NAME VOICE SPEED SENTENCE: speech by espeak-ng's own formant synthesiser, SPEED words a minute, to NAME-raw.wav.
speak() { espeak-ng -v "$2" -s "$3" -w "$work/$1-raw.wav" "$4"; }

# byte NUMBER: one byte of a MIDI file.
byte() { printf "\\$(printf %03o "$1")"; }

# delta TICKS: a number below 2^14 in MIDI's variable length.
delta() {
    [ "$1" -lt 128 ] || byte $(($1 / 128 + 128))
    byte $(($1 % 128))
}

# track PROGRAM NOTE...: the events of one MIDI track for an instrument, counted from 0. NOTE is START:TICKS:KEY.
track() {
    byte 192; byte "$1"
    shift
    now=0
    for note in "$@"; do
        start=${note%%:*} key=${note##*:} ticks=${note#*:}
        echo "$((start + ${ticks%:*})) 128 $key 64"
        echo "$start 144 $key 100"
    done | sort -n -k 1,1 -k 2,2 | {
        while read -r tick event key velocity; do
            delta $((tick - now)); byte "$event"; byte "$key"; byte "$velocity"
            now=$tick
        done
    }
    delta 768; printf '\377\057\000'            # 0.8 s later: end of track
}

# play NAME PROGRAM NOTE...: notes by fluidsynth without reverb and chorus, stereo, 48 kHz, to NAME-raw.wav.
# The MIDI file has format 0, 480 ticks a beat and 120 beats a minute: 960 ticks a second.
play() {
    name=$1
    shift
    track "$@" > "$work/$name.track"
    length=$(($(wc -c < "$work/$name.track") + 1))
    {
        printf 'MThd\000\000\000\006\000\000\000\001\001\340MTrk\000\000'
        byte $((length / 256)); byte $((length % 256))
        printf '\000'                           # the instrument at once
        cat "$work/$name.track"
    } > "$work/$name.mid"
    fluidsynth -n -i -q -R 0 -C 0 -r 48000 -T wav -O float -F "$work/$name-raw.wav" "$soundfont" "$work/$name.mid"
}

# encode NAME FILE: NAME.wav as FLAC.
encode() { flac --silent --force --best --no-padding --no-seektable -o "$2" "$work/$1.wav"; }
