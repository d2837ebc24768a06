namespace Waybill.Samples.QemuNbd;

/// <summary>Turns what QEMU's programs complain of into errors of the contract.</summary>
internal static class QemuFailure
{
    public static ProviderException Of(string program, string complaint)
    {
        string said = complaint.Length > 0 ? complaint : "it said nothing";
        return complaint.Contains(" lock", StringComparison.Ordinal)
            ? new ProviderException(WaybillErrorCode.ProviderBusy, NbdFailure.Provider, $"Another process uses the image: {said}") { IsTransient = true }
            : complaint.Contains("No space left", StringComparison.Ordinal)
            ? new ProviderException(WaybillErrorCode.NoSpace, NbdFailure.Provider, $"{program} failed: {said}")
            : new ProviderException(WaybillErrorCode.ProviderFailed, NbdFailure.Provider, $"{program} failed: {said}");
    }

    public static ProviderException Busy(string what) => new(WaybillErrorCode.ProviderBusy, NbdFailure.Provider, what) { IsTransient = true };
}
