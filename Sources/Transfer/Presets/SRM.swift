// SPDX-License-Identifier: Apache-2.0

extension Preset {
    static let srm = Preset(
        name: "srm",
        title: "Ulyanov's network with 300 iterations of Griffin-Lim",
        source: "SRM students' thesis: Audio style transfer learning (2021), its notebook as printed there",
        departures: common + [
            "The printed code is damaged by scanning (a kernel of one frame, a start of rand ** 1e-3): where it cannot be "
                + "read, Ulyanov's code, which it copies, holds.",
            "The notebook's learning rate and its 100 iterations are never used by its L-BFGS-B of 300.",
        ],
        settings: ([\.phaseIterations: 300] as SettingValues).over(Preset.ulyanov.settings))
}
