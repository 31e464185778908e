#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the sounds of pairs.json again: 1.5 s, 16 bit; mono at 16 kHz, but for band.flac: stereo at 44.1 kHz.
#
#   make-sounds.sh [FOLDER]     FOLDER: where to write (default: the folder this script is in)

. "$(dirname "$0")/../../Sources/wavestyle/Resources/sounds/rendering.sh"

folder=${1:-$(dirname "$0")}
mkdir -p "$folder"

# cut NAME RATE [EFFECT...]: 1.5 s of NAME-raw.wav from where the sound starts, 5 ms of fade in, 50 ms of fade out,
# peak at -2 dBFS.
cut() {
    name=$1 rate=$2
    shift 2
    samples=$((rate * 3 / 2))s
    sox -V1 -R -D "$work/$name-raw.wav" -b 16 "$work/$name.wav" \
        gain -6 "$@" rate -v "$rate" silence 1 0.005 0.5% pad 0 1.5 trim 0 $samples fade t 0.005 $samples 0.05 gain -n -2
    encode "$name" "$folder/$name.flac"
}

# mono NAME: cut with both channels averaged.
mono() { cut "$1" 16000 remix -; }

# mix NAME PART@GAIN...: the sum of PART-raw.wav, each times its gain, all of them stereo at 48 kHz.
mix() {
    result=$1
    shift
    count=$#
    for part in "$@"; do
        set -- "$@" -v "${part#*@}" "$work/${part%@*}-raw.wav"
    done
    shift "$count"
    sox -V1 -R -D -m "$@" -e float -b 32 "$work/$result-raw.wav"
}

# hit NAME SECONDS SYNTH... : a sound by sox's synthesiser, stereo at 48 kHz, that dies away.
hit() {
    name=$1 seconds=$2
    shift 2
    sox -V1 -R -D -n -r 48000 -c 2 -e float -b 32 "$work/$name-raw.wav" synth "$seconds" "$@" gain -6 fade l 0 "$seconds" "$seconds"
}

# beats NAME HIT@GAIN@SIXTEENTHS...: hits on sixteenths of 93.75 ms (160 beats a minute), counted from 0, by commas.
beats() {
    rhythm=$1
    shift
    parts=
    for part in "$@"; do
        sound=${part%%@*} gain=${part#*@}
        for sixteenth in $(echo "${part##*@}" | tr , ' '); do
            sox -V1 -R -D "$work/$sound-raw.wav" "$work/$sound$sixteenth-raw.wav" pad "$((sixteenth * 4500))s"
            parts="$parts $sound$sixteenth@${gain%@*}"
        done
    done
    # One word for each part.
    mix "$rhythm" $parts
}

# Speech.
speak speech-female en-us+f3 175 'Boats carry lamps to sea.'
mono speech-female
speak speech-male en-gb+m3 180 'We paint the old door green.'
mono speech-male

# Notes, chords and phrases. 960 ticks a second; 360 are a beat at 160 beats a minute.
play flute-note 73 0:1300:74
mono flute-note
play violin-phrase 40 0:340:62 360:170:64 540:170:65 720:340:69 1080:360:67
mono violin-phrase
play strings 48 0:700:48 0:700:55 0:700:64 0:700:72 720:720:45 720:720:57 720:720:64 720:720:69
mono strings
play piano-phrase 0 0:700:41 0:170:69 180:170:72 360:170:77 540:170:76 720:700:38 720:340:74 1080:340:69
mono piano-phrase
play trumpet-phrase 56 0:170:67 180:170:67 360:340:72 720:170:76 900:540:79
mono trumpet-phrase
play organ-chord 19 0:1420:50 0:1420:57 0:1420:62 0:1420:66 0:1420:69
mono organ-chord
play guitar-arpeggio 24 0:720:40 180:720:47 360:720:52 540:720:55 720:700:59 900:500:64 1080:350:59 1260:180:55
mono guitar-arpeggio

# Drums and noise.
hit kick 0.28 sine 150/42
hit body 0.12 sine 190/150
hit rattle 0.18 whitenoise highpass 1500
hit hat 0.06 whitenoise highpass 5500
beats drums kick@0.9@0,6,8 body@0.4@4,12 rattle@0.5@4,12 hat@0.4@0,2,4,6,8,10,12,14,15
mono drums
# Lips, tongue and teeth: a thump, a burst through the mouth's first resonances, a hiss.
hit lips 0.16 sine 110/65
hit puff 0.05 pinknoise lowpass 700
hit tongue 0.14 whitenoise bandpass 1700 1.2q
hit throat 0.10 sawtooth 140/95 lowpass 900
hit teeth 0.09 whitenoise bandpass 5200 1.5q
beats beatbox lips@0.8@0,6,7,10 puff@0.7@0,6,7,10 tongue@1.2@4,12 throat@0.3@4,12 teeth@0.8@2,5,8,9,14
mono beatbox
# Rain: a hiss that swells, and drops on it.
sox -V1 -R -D -n -r 48000 -c 2 -e float -b 32 "$work/hiss-raw.wav" \
    synth 1.6 pinknoise highpass 400 equalizer 3000 1q 6 tremolo 0.9 50 gain -18
hit drop 0.03 sine 2400/1300
hit splash 0.04 whitenoise bandpass 2600 2q
beats drops drop@0.5@1,4,5,9,13,15 splash@0.6@0,3,6,7,10,11,14
mix rain hiss@1 drops@0.6
mono rain

# Dense music.
play bass 38 0:160:33 180:160:33 360:160:45 540:160:33 720:160:29 900:160:29 1080:160:41 1260:160:43
play lead 81 0:80:69 90:80:72 180:80:76 270:80:81 360:80:76 450:80:72 540:80:69 630:80:76 \
    720:80:65 810:80:69 900:80:72 990:80:77 1080:80:72 1170:80:69 1260:80:67 1350:80:74
play pad 50 0:700:57 0:700:60 0:700:64 720:720:53 720:720:57 720:720:60
mix electronic bass@1 lead@0.4 pad@0.6 drums@0.35
mono electronic
play brass 61 0:680:48 0:680:60 0:680:67 720:340:53 720:340:65 1080:360:55 1080:360:67
play choir 52 0:720:60 0:720:64 0:720:67 720:720:60 720:720:65 720:720:69
play timpani 47 0:300:36 540:80:36 630:80:36 720:300:41 1080:300:43
mix orchestra strings@0.8 brass@0.6 choir@0.8 timpani@0.8
mono orchestra
play walking 33 0:350:33 360:350:36 720:350:38 1080:350:40
sox -V1 -R -D "$work/guitar-arpeggio-raw.wav" "$work/left-raw.wav" remix 1,2v0.9 1,2v0.3
sox -V1 -R -D "$work/piano-phrase-raw.wav" "$work/right-raw.wav" remix 1,2v0.3 1,2v0.9
mix band left@0.7 right@0.6 walking@0.7 drums@0.3
cut band 44100

(cd "$folder" && sha256sum ./*.flac)
