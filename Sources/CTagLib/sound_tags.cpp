// SPDX-License-Identifier: Apache-2.0
#include "sound_tags.h"

#include <taglib/aifffile.h>
#include <taglib/asffile.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/tfilestream.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include <memory>
#include <string>
#include <vector>

using namespace TagLib;

struct sound_tags {
    struct Field {
        std::string name, value;
    };
    struct Picture {
        int type;
        std::string mime, description;
        ByteVector bytes;
    };
    std::vector<Field> fields;
    std::vector<Picture> pictures;
};

namespace {

using Picture = sound_tags::Picture;

// By content, as names may say anything. MPEG comes last: it is known by little.
std::unique_ptr<File> opened(IOStream *stream) {
    const bool properties = false;
    auto factory = ID3v2::FrameFactory::instance();
    if (RIFF::WAV::File::isSupported(stream)) return std::make_unique<RIFF::WAV::File>(stream, properties);
    if (RIFF::AIFF::File::isSupported(stream)) return std::make_unique<RIFF::AIFF::File>(stream, properties);
    if (Ogg::Vorbis::File::isSupported(stream)) return std::make_unique<Ogg::Vorbis::File>(stream, properties);
    if (Ogg::Opus::File::isSupported(stream)) return std::make_unique<Ogg::Opus::File>(stream, properties);
    if (Ogg::FLAC::File::isSupported(stream)) return std::make_unique<Ogg::FLAC::File>(stream, properties);
    if (Ogg::Speex::File::isSupported(stream)) return std::make_unique<Ogg::Speex::File>(stream, properties);
    if (FLAC::File::isSupported(stream)) return std::make_unique<FLAC::File>(stream, factory, properties);
    if (MP4::File::isSupported(stream)) return std::make_unique<MP4::File>(stream, properties);
    if (ASF::File::isSupported(stream)) return std::make_unique<ASF::File>(stream, properties);
    if (MPEG::File::isSupported(stream)) return std::make_unique<MPEG::File>(stream, factory, properties);
    return nullptr;
}

ID3v2::Tag *id3v2(File *file) {
    if (auto mpeg = dynamic_cast<MPEG::File *>(file)) return mpeg->ID3v2Tag();
    if (auto wav = dynamic_cast<RIFF::WAV::File *>(file)) return wav->ID3v2Tag();
    if (auto aiff = dynamic_cast<RIFF::AIFF::File *>(file)) return aiff->tag();
    return nullptr;
}

Ogg::XiphComment *xiph(File *file) {
    return dynamic_cast<FLAC::File *>(file) ? nullptr : dynamic_cast<Ogg::XiphComment *>(file->tag());
}

void addPictures(const List<FLAC::Picture *> &list, std::vector<Picture> &pictures) {
    for (auto picture : list) {
        pictures.push_back({picture->type(), picture->mimeType().to8Bit(true), picture->description().to8Bit(true),
                            picture->data()});
    }
}

std::vector<Picture> picturesOf(File *file) {
    std::vector<Picture> pictures;
    if (auto tag = id3v2(file)) {
        for (auto frame : tag->frameList("APIC")) {
            if (auto picture = dynamic_cast<ID3v2::AttachedPictureFrame *>(frame)) {
                pictures.push_back({picture->type(), picture->mimeType().to8Bit(true),
                                    picture->description().to8Bit(true), picture->picture()});
            }
        }
    } else if (auto flac = dynamic_cast<FLAC::File *>(file)) {
        addPictures(flac->pictureList(), pictures);
    } else if (auto comment = xiph(file)) {
        addPictures(comment->pictureList(), pictures);
    } else if (auto mp4 = dynamic_cast<MP4::File *>(file)) {
        if (mp4->tag() && mp4->tag()->contains("covr")) {
            for (const auto &art : mp4->tag()->item("covr").toCoverArtList()) {
                pictures.push_back({3, art.format() == MP4::CoverArt::PNG ? "image/png" : "image/jpeg", "", art.data()});
            }
        }
    } else if (auto asf = dynamic_cast<ASF::File *>(file)) {
        if (asf->tag()) {
            for (const auto &attribute : asf->tag()->attribute("WM/Picture")) {
                const auto picture = attribute.toPicture();
                if (picture.isValid()) {
                    pictures.push_back({picture.type(), picture.mimeType().to8Bit(true),
                                        picture.description().to8Bit(true), picture.picture()});
                }
            }
        }
    }
    return pictures;
}

FLAC::Picture *flacPicture(const Picture &picture) {
    auto made = new FLAC::Picture;
    made->setType(static_cast<FLAC::Picture::Type>(picture.type));
    made->setMimeType(String(picture.mime, String::UTF8));
    made->setDescription(String(picture.description, String::UTF8));
    made->setData(picture.bytes);
    return made;
}

void setPictures(File *file, const std::vector<Picture> &pictures) {
    if (auto tag = id3v2(file)) {
        tag->removeFrames("APIC");
        for (const auto &picture : pictures) {
            auto frame = new ID3v2::AttachedPictureFrame;
            frame->setType(static_cast<ID3v2::AttachedPictureFrame::Type>(picture.type));
            frame->setTextEncoding(String::UTF8);
            frame->setMimeType(String(picture.mime, String::UTF8));
            frame->setDescription(String(picture.description, String::UTF8));
            frame->setPicture(picture.bytes);
            tag->addFrame(frame);
        }
    } else if (auto flac = dynamic_cast<FLAC::File *>(file)) {
        flac->removePictures();
        for (const auto &picture : pictures) flac->addPicture(flacPicture(picture));
    } else if (auto comment = xiph(file)) {
        comment->removeAllPictures();
        for (const auto &picture : pictures) comment->addPicture(flacPicture(picture));
    }
}

// No exception leaves C++.
template <typename Body> bool succeeds(Body body) {
    try {
        return body();
    } catch (...) {
        return false;
    }
}

}  // namespace

sound_tags *sound_tags_new(void) {
    try {
        return new sound_tags;
    } catch (...) {
        return nullptr;
    }
}

void sound_tags_free(sound_tags *tags) { delete tags; }

bool sound_tags_read(sound_tags *tags, const char *path, sound_tag_limits limits, size_t *dropped) {
    return succeeds([&] {
        FileStream stream(path, true);
        if (!stream.isOpen()) return false;
        auto file = opened(&stream);
        if (!file || !file->isValid()) return false;
        for (const auto &entry : file->properties()) {
            for (const auto &value : entry.second) {
                sound_tags::Field field{entry.first.to8Bit(true), value.to8Bit(true)};
                const bool fits = tags->fields.size() < limits.fields && field.name.size() + field.value.size() <= limits.text;
                if (fits) tags->fields.push_back(std::move(field));
                else ++*dropped;
            }
        }
        for (auto &picture : picturesOf(file.get())) {
            const bool fits = tags->pictures.size() < limits.pictures && picture.bytes.size() <= limits.picture
                && picture.mime.size() + picture.description.size() <= limits.text;
            // A picture that is elsewhere is a link, of this kind.
            if (picture.bytes.isEmpty() || picture.mime == "-->") continue;
            if (fits) tags->pictures.push_back(std::move(picture));
            else ++*dropped;
        }
        return true;
    });
}

bool sound_tags_write(const sound_tags *tags, const char *path) {
    return succeeds([&] {
        FileStream stream(path);
        if (!stream.isOpen() || stream.readOnly()) return false;
        auto file = opened(&stream);
        if (!file || !file->isValid()) return false;
        PropertyMap properties;
        for (const auto &field : tags->fields) {
            properties.insert(String(field.name, String::UTF8), StringList(String(field.value, String::UTF8)));
        }
        auto mpeg = dynamic_cast<MPEG::File *>(file.get());
        if (mpeg) mpeg->ID3v2Tag(true);
        file->setProperties(properties);
        setPictures(file.get(), tags->pictures);
        if (auto wav = dynamic_cast<RIFF::WAV::File *>(file.get())) {
            // TagLib's own INFO has none of these but as plain numbers.
            const std::pair<const char *, const char *> names[] = {
                {"DATE", "ICRD"}, {"TRACKNUMBER", "IPRT"}, {"ENCODEDBY", "ISFT"}};
            for (const auto &name : names) {
                if (properties.contains(name.first)) {
                    wav->InfoTag()->setFieldText(name.second, properties[name.first].front());
                }
            }
        }
        // One tag, of ID3v2 alone.
        return mpeg ? mpeg->save(MPEG::File::ID3v2, File::StripOthers, ID3v2::v4, File::DoNotDuplicate) : file->save();
    });
}

size_t sound_tags_field_count(const sound_tags *tags) { return tags->fields.size(); }
const char *sound_tags_name(const sound_tags *tags, size_t index) { return tags->fields[index].name.c_str(); }
const char *sound_tags_value(const sound_tags *tags, size_t index) { return tags->fields[index].value.c_str(); }
size_t sound_tags_picture_count(const sound_tags *tags) { return tags->pictures.size(); }

sound_picture sound_tags_picture(const sound_tags *tags, size_t index) {
    const auto &picture = tags->pictures[index];
    return {picture.type, picture.mime.c_str(), picture.description.c_str(),
            reinterpret_cast<const unsigned char *>(picture.bytes.data()), picture.bytes.size()};
}

bool sound_tags_add_field(sound_tags *tags, const char *name, const char *value) {
    return succeeds([&] {
        tags->fields.push_back({name, value});
        return true;
    });
}

bool sound_tags_add_picture(sound_tags *tags, sound_picture picture) {
    return succeeds([&] {
        tags->pictures.push_back({picture.type, picture.mime, picture.description,
                                  ByteVector(reinterpret_cast<const char *>(picture.bytes),
                                             static_cast<unsigned int>(picture.count))});
        return true;
    });
}
