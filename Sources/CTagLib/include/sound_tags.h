// SPDX-License-Identifier: Apache-2.0
// Tags and pictures of sound files, by TagLib. All text is UTF-8.
#ifndef SOUND_TAGS_H
#define SOUND_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Fields and pictures.
typedef struct sound_tags sound_tags;

/// A picture. Its type is ID3v2's: 3 is the front cover.
typedef struct {
    int type;
    const char *mime;
    const char *description;
    const unsigned char *bytes;
    size_t count;
} sound_picture;

/// How much is taken from a file.
typedef struct {
    size_t fields;
    size_t text;
    size_t pictures;
    size_t picture;
} sound_tag_limits;

/// Empty; NULL where memory runs out.
sound_tags *sound_tags_new(void);
void sound_tags_free(sound_tags *tags);

/// Adds what a file has, and counts in `dropped` what is beyond the limits. False where TagLib does not know the file.
bool sound_tags_read(sound_tags *tags, const char *path, sound_tag_limits limits, size_t *dropped);
/// Gives a file these fields and pictures, in place of those that it has. False where that failed: the file may then be damaged.
bool sound_tags_write(const sound_tags *tags, const char *path);

size_t sound_tags_field_count(const sound_tags *tags);
/// Valid while the tags are not changed, as all that is returned.
const char *sound_tags_name(const sound_tags *tags, size_t index);
const char *sound_tags_value(const sound_tags *tags, size_t index);
size_t sound_tags_picture_count(const sound_tags *tags);
sound_picture sound_tags_picture(const sound_tags *tags, size_t index);

/// False where memory runs out.
bool sound_tags_add_field(sound_tags *tags, const char *name, const char *value);
bool sound_tags_add_picture(sound_tags *tags, sound_picture picture);

#ifdef __cplusplus
}
#endif

#endif
