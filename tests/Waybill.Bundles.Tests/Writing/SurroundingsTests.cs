using System.Globalization;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Culture and time zone belong to the process, so nothing else may run beside these tests.</summary>
[CollectionDefinition(nameof(ProcessSurroundings), DisableParallelization = true)]
public sealed class ProcessSurroundings;

/// <summary>What surrounds the process does not show in the bundle.</summary>
[Collection(nameof(ProcessSurroundings))]
public sealed class SurroundingsTests
{
    [Fact, Spec("D-11"), Spec("D-04")]
    public async Task Reproducible_OtherCultureAndTimeZone_GivesTheSameBytes()
    {
        byte[] expected = await WriteAsync();
        CultureInfo before = CultureInfo.CurrentCulture;
        string? zone = Environment.GetEnvironmentVariable("TZ");
        try
        {
            foreach (string name in (string[])["Asia/Kathmandu", "America/St_Johns", "UTC"])
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = MakeCulture();
                Environment.SetEnvironmentVariable("TZ", name);
                TimeZoneInfo.ClearCachedData();
                Assert.Equal("~1,5", (-1.5).ToString(CultureInfo.CurrentCulture));

                Lab.AssertSame(expected, await WriteAsync(), name);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = before;
            Environment.SetEnvironmentVariable("TZ", zone);
            TimeZoneInfo.ClearCachedData();
        }
    }

    private static async Task<byte[]> WriteAsync()
    {
        var description = new BundleDescription(Lab.Application)
        {
            Lineage = new Lineage(LineageId.Parse("22222222222222222222222222222222"), 0),
            Tags =
            [
                Tag.User("i", "dotted"), Tag.User("I", "not"), Tag.User("\u0131", "dotless"), Tag.User("\u00e4", "umlaut"), Tag.User("z", "last"),
                new Tag("count", new TagValue.Number(-1_234_567)), new Tag("when", new TagValue.Time(new Timestamp(1_700_000_000, 1))),
            ],
        };
        var options = new BundleWriterOptions
        {
            Reproducible = true,
            Codec = BundleCodec.None,
            BundleId = BundleId.Parse("33333333333333333333333333333333"),
            Created = new Timestamp(1_700_000_000, 5),
            CellSize = 65_536,
            Workers = 2,
        };
        return await Lab.WriteAsync(
            async writer =>
            {
                await writer.AddResourcesAsync([new ResourceObject { ApiVersion = "v1", Kind = "ConfigMap", Name = "TITLE", Content = "a: -1.5"u8.ToArray() }]);
                StreamInfo volume = await writer.AddVolumeAsync(new VolumeRequest("INFO", new MemoryBlockReader(Lab.MixedVolume(200_000))));
                writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Crash) { Earliest = new Timestamp(-5, 7) }, [volume]);
            },
            options,
            description: description);
    }

    /// <summary>A culture that writes every number and date in its own way; those of the system are not there in invariant mode.</summary>
    private static CultureInfo MakeCulture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "~";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NumberGroupSizes = [2];
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = "_";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yy";
        return culture;
    }
}
