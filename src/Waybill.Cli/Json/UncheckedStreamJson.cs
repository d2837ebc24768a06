using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>A stream whose content was not checked, because no key given opens it.</summary>
internal sealed record UncheckedStreamJson(int Number, string Kind, string Name)
{
    public static UncheckedStreamJson Of(StreamInfo stream) => new(stream.Number, JsonText.Of(stream.Kind), stream.Name);
}
