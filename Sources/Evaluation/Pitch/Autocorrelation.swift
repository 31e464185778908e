// SPDX-License-Identifier: Apache-2.0
internal import COpenBLAS

/// `r[k] = sum_t x[t] x[t + k]` for k from 0 to `lags`, x being 0 after its end.
///
/// Summed directly: for some hundred lags of 2,048 samples BLAS needs a few dozen microseconds, and every sum has
/// float64's precision, which a float32 transform would lack.
func autocorrelation(of x: [Double], lags: Int) -> [Double] {
    x.withUnsafeBufferPointer { x in
        (0...lags).map { lag in
            guard let start = x.baseAddress, lag < x.count else { return 0 }
            return cblas_ddot(Int32(x.count - lag), start, 1, start + lag, 1)
        }
    }
}
