using System.Text;
using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using SnapshotSource = Waybill.Csi.Wire.VolumeContentSource.Types.SnapshotSource;
using VolumeOrigin = Waybill.Csi.Wire.VolumeContentSource.Types.VolumeSource;

namespace Waybill.Testing;

/// <summary>Volumes are made: as asked for, once for each name, of nothing, of a snapshot or of another volume.</summary>
internal static class CreateVolumeChecks
{
    /// <summary>The longest name that every driver must take, in bytes.</summary>
    public const int MaxNameBytes = 128;

    private const string UnknownKey = "waybill-no-such-key";

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Refusal("csi.controller.create.no-name", "A volume without a name MUST be refused with INVALID_ARGUMENT.", StatusCode.InvalidArgument, request => request.Name = ""),
        Refusal(
            "csi.controller.create.no-capabilities",
            "A volume without volume capabilities MUST be refused with INVALID_ARGUMENT.",
            StatusCode.InvalidArgument,
            request => request.VolumeCapabilities.Clear()),
        new("csi.controller.create.no-capacity", "A volume MUST be made without a capacity range, in a size of the driver's choice.", NoCapacityAsync),
        new("csi.controller.create.capacity", "A volume MUST be as large as asked for, or of a size that is not told.", CapacityAsync),
        new("csi.controller.create.bad-range", "A range whose limit is below what is required, or negative, MUST be refused with INVALID_ARGUMENT or OUT_OF_RANGE.", BadRangeAsync),
        new("csi.controller.create.idempotent", "The same request again MUST return the same volume.", IdempotentAsync),
        new("csi.controller.create.concurrent", "The same request several times at once MUST make one volume; a call may end with ABORTED.", ConcurrentAsync),
        new("csi.controller.create.other-size", "A name that a volume of an incompatible size has MUST be refused with ALREADY_EXISTS.", OtherSizeAsync),
        new("csi.controller.create.other-source", "A name that a volume made of something else has MUST be refused with ALREADY_EXISTS.", OtherSourceAsync),
        new("csi.controller.create.long-name", "Names of 128 bytes MUST be accepted, and two that differ in the last byte MUST make two volumes.", LongNameAsync),
        new("csi.controller.create.unicode-name", "Names of characters outside of ASCII MUST be accepted, and a volume be made for each.", UnicodeNameAsync),
        new("csi.controller.create.from-snapshot", "A volume MUST be made of a snapshot, and say so.", FromSnapshotAsync),
        new("csi.controller.create.snapshot-unknown", "A snapshot that does not exist MUST be refused as a source with NOT_FOUND.", SnapshotUnknownAsync),
        new("csi.controller.create.clone", "A volume MUST be made of another volume, and say so.", CloneAsync),
        new("csi.controller.create.clone-unknown", "A volume that does not exist MUST be refused as a source with NOT_FOUND.", CloneUnknownAsync),
        new("csi.controller.create.mutable-parameters", "A volume MUST be made with parameters that can be changed later.", MutableAsync),
        new("csi.controller.create.mutable-unknown", "Parameters that are to be changed later and that the driver does not know MUST be refused with INVALID_ARGUMENT.", MutableUnknownAsync),
    ];

    /// <summary>Gives parameters that no driver knows.</summary>
    public static IDictionary<string, string> UnknownParameters { get; } = new Dictionary<string, string> { [UnknownKey] = "1" };

    /// <summary>Gives a name of a number of bytes that ends with a number.</summary>
    public static string LongName(CsiScope scope, int last) => $"{scope.NewName()}-".PadRight(MaxNameBytes - 1, 'x') + (char)('0' + last);

    private static CsiCheck Refusal(string id, string text, StatusCode code, Action<CreateVolumeRequest> spoil) => CsiCheck.Refusal(
        id,
        text,
        code,
        scope => scope.Session.Require(ControllerCall.CreateDeleteVolume),
        (scope, token) =>
        {
            CreateVolumeRequest request = scope.VolumeRequest();
            spoil(request);
            return scope.CreateVolumeAsync(request, token);
        });

    private static async Task NoCapacityAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.CapacityRange = null;
        await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
    }

    private static async Task CapacityAsync(CsiScope scope, CancellationToken token) => RequireSize(scope, await scope.NewVolumeAsync(token).ConfigureAwait(false));

    private static async Task BadRangeAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        foreach ((long required, long limit) in new[] { (scope.Options.VolumeLength, scope.Options.VolumeLength / 2), (-1L, 0L) })
        {
            CreateVolumeRequest request = scope.VolumeRequest();
            request.CapacityRange = new CapacityRange { RequiredBytes = required, LimitBytes = limit };
            await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(request, token), StatusCode.InvalidArgument, StatusCode.OutOfRange).ConfigureAwait(false);
        }
    }

    private static async Task IdempotentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        Volume first = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        for (int i = 1; i < scope.Options.Repetitions; i++)
        {
            Volume again = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
            Verdicts.Require(again.VolumeId == first.VolumeId, $"First {first.VolumeId} was made, then {again.VolumeId}.");
            RequireSize(scope, again);
        }
    }

    private static async Task ConcurrentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        Volume?[] made = await Task.WhenAll(Enumerable.Range(0, scope.Options.Concurrency).Select(_ => AtOnce.TryAsync(() => scope.CreateVolumeAsync(request.Clone(), token)))).ConfigureAwait(false);
        Volume last = await AtOnce.FinallyAsync(scope, () => scope.CreateVolumeAsync(request, token), token).ConfigureAwait(false);
        string[] ids = [.. made.OfType<Volume>().Append(last).Select(one => one.VolumeId).Distinct()];
        Verdicts.Require(ids.Length == 1, $"One name made {ids.Length} volumes: {string.Join(", ", ids)}.");
    }

    private static async Task OtherSizeAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.CapacityRange.LimitBytes = request.CapacityRange.RequiredBytes;
        Volume first;
        try
        {
            first = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.OutOfRange)
        {
            throw new CheckSkippedException($"The driver does not make volumes of exactly {request.CapacityRange.RequiredBytes} bytes.");
        }

        CsiSession.Require(first.CapacityBytes != 0, "The driver does not tell the size of volumes.");
        CreateVolumeRequest other = request.Clone();
        other.CapacityRange = new CapacityRange { RequiredBytes = scope.Options.VolumeLength * 2, LimitBytes = scope.Options.VolumeLength * 2 };
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(other, token), StatusCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task OtherSourceAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume source = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(source.VolumeId, token).ConfigureAwait(false);
        CreateVolumeRequest request = scope.VolumeRequest();
        await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        request.VolumeContentSource = new VolumeContentSource { Snapshot = new SnapshotSource { SnapshotId = snapshot.SnapshotId } };
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(request, token), StatusCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task LongNameAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        string name = LongName(scope, 1);
        Volume one = await scope.CreateVolumeAsync(scope.VolumeRequest(name: name), token).ConfigureAwait(false);
        Volume other = await scope.CreateVolumeAsync(scope.VolumeRequest(name: name[..^1] + '2'), token).ConfigureAwait(false);
        RequireSize(scope, one);
        Verdicts.Require(one.VolumeId != other.VolumeId, $"Two names that differ in byte {MaxNameBytes} made one volume, {one.VolumeId}.");
    }

    private static async Task UnicodeNameAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        string name = $"{scope.NewName()} \u00e9\u00df\u6771/\u4eac";
        Verdicts.Require(Encoding.UTF8.GetByteCount(name) <= MaxNameBytes, "The prefix of names is too long.");
        Volume one = await scope.CreateVolumeAsync(scope.VolumeRequest(name: name), token).ConfigureAwait(false);
        Volume other = await scope.CreateVolumeAsync(scope.VolumeRequest(name: name.Replace('\u00e9', '\u00e8')), token).ConfigureAwait(false);
        Verdicts.Require(one.VolumeId != other.VolumeId, $"Two names that differ in one character made one volume, {one.VolumeId}.");
    }

    private static async Task FromSnapshotAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume source = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(source.VolumeId, token).ConfigureAwait(false);
        Volume made = await scope.RestoreAsync(snapshot.SnapshotId, scope.Options.Access, token).ConfigureAwait(false);
        Verdicts.Require(made.VolumeId != source.VolumeId, "The volume itself was returned.");
        Verdicts.Require(made.ContentSource?.Snapshot?.SnapshotId == snapshot.SnapshotId, $"It says that it was made of {made.ContentSource?.ToString() ?? "nothing"}.");
    }

    private static async Task SnapshotUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.VolumeContentSource = new VolumeContentSource { Snapshot = new SnapshotSource { SnapshotId = scope.NewUnknownId() } };
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(request, token), StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task CloneAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CloneVolume);
        Volume source = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.VolumeContentSource = new VolumeContentSource { Volume = new VolumeOrigin { VolumeId = source.VolumeId } };
        Volume made = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        Verdicts.Require(made.VolumeId != source.VolumeId, "The volume itself was returned.");
        Verdicts.Require(made.ContentSource?.Volume?.VolumeId == source.VolumeId, $"It says that it was made of {made.ContentSource?.ToString() ?? "nothing"}.");
    }

    private static async Task CloneUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CloneVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.VolumeContentSource = new VolumeContentSource { Volume = new VolumeOrigin { VolumeId = scope.NewUnknownId() } };
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(request, token), StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task MutableAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ModifyVolume);
        CsiSession.Require(!scope.Options.MutableParameters.IsEmpty, "No parameters were given that can be changed.");
        CreateVolumeRequest request = scope.VolumeRequest();
        request.MutableParameters.Add(scope.Options.MutableParameters);
        await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
    }

    private static async Task MutableUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ModifyVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.MutableParameters.Add(UnknownParameters);
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(request, token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static void RequireSize(CsiScope scope, Volume volume) => Verdicts.Require(
        volume.CapacityBytes == 0 || volume.CapacityBytes >= scope.Options.VolumeLength,
        $"{scope.Options.VolumeLength} bytes were asked for, the volume has {volume.CapacityBytes}.");
}
