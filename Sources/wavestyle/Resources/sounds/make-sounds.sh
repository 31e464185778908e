#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes voice.flac, flute.flac and the notes of the experiments again: mono, 16 kHz, 16 bit.
#
#   make-sounds.sh [FOLDER]     FOLDER: where to write (default: the folder this script is in)

. "$(dirname "$0")/rendering.sh"

sentence='Every sound can wear the style of another.'
folder=${1:-$(dirname "$0")}

# voice: British English, 165 words a minute.
speak voice en-gb 165 "$sentence"
# Silence is cut at both ends, 10 ms of fade in, 30 ms of fade out, peak at -2 dBFS.
sox -V1 -D "$work/voice-raw.wav" -b 16 "$work/voice.wav" \
    gain -6 rate -v 16000 \
    silence 1 0.005 0.5% fade t 0.01 \
    reverse silence 1 0.005 0.5% fade t 0.03 reverse gain -n -2

# note NAME PROGRAM KEY TICKS SECONDS: one note.
note() {
    play "$1" "$2" "0:$4:$3"
    # Cut from the attack, both channels averaged, 5 ms of fade in, 100 ms of fade out, peak at -2 dBFS.
    sox -V1 -D "$work/$1-raw.wav" -b 16 "$work/$1.wav" \
        remix - rate -v 16000 silence 1 0.005 0.5% trim 0 "$5" \
        fade t 0.005 "$5" 0.1 gain -n -2
}

note flute 73 69 2016 2.2                       # flute, A4: on for 2.1 s
for name in voice-low:53:48 voice-high:53:69 flute-c:73:60 flute-e:73:64 flute-g:73:67; do
    # Voice oohs: C3 and A4; flute: C4, E4 and G4: on for 3 s.
    program=${name#*:}
    note "${name%%:*}" "${program%:*}" "${name##*:}" 2880 3
done

mkdir -p "$folder/notes"
for name in voice flute; do encode $name "$folder/$name.flac"; done
for name in voice-low voice-high flute-c flute-e flute-g; do encode $name "$folder/notes/$name.flac"; done
(cd "$folder" && sha256sum ./*.flac notes/*.flac)
