typealias GramKLLoss = GramLoss
typealias FrameKLLoss = FrameGramLoss
