using System.Collections.Immutable;

namespace Waybill.Samples.Definitions.Tests;

/// <summary>The forms in which a Compose file may say the same thing.</summary>
public sealed class ComposeFormTests
{
    [Theory]
    [InlineData("data:/data", DefinedVolumeKind.DockerVolume, "test_data", "web:/data")]
    [InlineData("data:/data:ro,z", DefinedVolumeKind.DockerVolume, "test_data", "web:/data:ro")]
    [InlineData("/data", DefinedVolumeKind.Anonymous, "web:/data", "web:/data")]
    [InlineData("d:/data", DefinedVolumeKind.Anonymous, "web:d:/data", "web:d:/data")]
    [InlineData("/srv/a/../b:/data", DefinedVolumeKind.HostPath, "/srv/b", "web:/data")]
    [InlineData("./a//b/:/data", DefinedVolumeKind.HostPath, "/proj/a/b", "web:/data")]
    [InlineData("../a:/data", DefinedVolumeKind.HostPath, "/a", "web:/data")]
    [InlineData("~/a:/data", DefinedVolumeKind.HostPath, "~/a", "web:/data")]
    [InlineData(@"C:\a:C:\data:ro", DefinedVolumeKind.HostPath, @"C:\a", @"web:C:\data:ro")]
    [InlineData(@"\\server\share:/data", DefinedVolumeKind.HostPath, @"\\server\share", "web:/data")]
    public void ShortMount_IsTakenAsComposeTakesIt(string mount, DefinedVolumeKind kind, string source, string use)
    {
        DefinedApplication read = TestDocument.Compose(
            $"services: {{web: {{image: a, volumes: ['{mount}']}}}}\nvolumes: {{data: {{}}}}", new ComposeOptions { ProjectName = "test", ProjectDirectory = "/proj" });

        DefinedVolume volume = Assert.Single(read.Volumes, v => v.Uses.Length > 0);
        Assert.Equal((kind, source, use), (volume.Kind, volume.Source, volume.Uses[0].ToString()));
    }

    [Theory]
    [InlineData("{external: true}", "data")]
    [InlineData("{external: {name: legacy}}", "legacy")]
    [InlineData("{external: true, name: other}", "other")]
    [InlineData("{name: own}", "own")]
    [InlineData("", "test_data")]
    public void DeclaredVolume_HasTheNameDockerKnowsItBy(string declaration, string name)
    {
        DefinedApplication read = TestDocument.Compose($"services: {{web: {{image: a, volumes: ['data:/d']}}}}\nvolumes: {{data: {declaration}}}");

        DefinedVolume volume = Assert.Single(read.Volumes);
        Assert.Equal((name, "data"), (volume.Source, volume.Name));
    }

    [Fact]
    public void OneVolume_UnderTwoNames_IsOne()
    {
        DefinedApplication read = TestDocument.Compose(
            "services: {web: {image: a, volumes: ['one:/a', 'two:/b']}}\nvolumes: {one: {name: same}, two: {name: same}}",
            new ComposeOptions { ProjectName = "test", Volumes = new VolumeTable().AddDockerVolume("same", "array", new VolumeId("lun-1")) });

        Assert.Equal(["web:/a", "web:/b"], Assert.Single(read.Volumes).Uses.Select(u => u.ToString()));
        Assert.Single(read.Application.Volumes);
    }

    [Fact]
    public void MemoryVolume_IsNotKept_AndADeviceIsAskedFor()
    {
        DefinedApplication read = TestDocument.Compose(
            """
            services:
              web: { image: a, volumes: ["ram:/ram"], devices: ["/dev/sdb:/dev/xvdb", "nvidia.com/gpu=all", { source: /dev/ttyUSB0, target: /dev/tty0 }] }
            volumes:
              ram: { driver_opts: { type: tmpfs, device: tmpfs } }
            """);

        Assert.Equal(
            ["NotKept test_ram", "HostPath /dev/sdb", "HostPath /dev/ttyUSB0"], read.Volumes.Select(v => $"{v.Kind} {v.Source}"));
        Assert.Equal(2, read.GapsOf(DefinitionGapKind.VolumeNotMapped).Count(gap => gap.Reason.Contains("whether it keeps data is not known", StringComparison.Ordinal)));
    }

    [Fact]
    public void MergeKeys_AreResolved_AndWhatStandsThereCounts()
    {
        DefinedApplication read = TestDocument.Compose(
            """
            x-one: &one { labels: { from: one }, image: one }
            x-two: &two { labels: { from: two }, hostname: two }
            services:
              a: { <<: *one }
              b: { image: own, <<: [*two, *one] }
            """);

        Assert.Equal(["services/a=one", "services/b=two"], read.TagsOf("from", TagSource.Label));
        Assert.Equal(["services/a=one", "services/b=own"], read.TagsOf("image"));
    }

    [Fact]
    public void Labels_WithoutAValue_OrMadeOfAVariable_AreSaidAsTheyAre()
    {
        DefinedApplication read = TestDocument.Compose(
            """
            services:
              a:
                image: a
                labels: [flag, "set=${REGION}", "unset=${NOWHERE}", "made=${DEPLOY_TOKEN}"]
            """,
            new ComposeOptions
            {
                ProjectName = "test",
                Variables = ImmutableDictionary<string, string>.Empty.Add("REGION", "eu").Add("DEPLOY_TOKEN", "zzz-token-zzz"),
            });

        Assert.Equal(["services/a="], read.TagsOf("flag", TagSource.Label));
        Assert.Equal(["services/a=eu"], read.TagsOf("set", TagSource.Label));
        Assert.Contains(read.GapsOf(DefinitionGapKind.NotGiven), gap => gap.Reason.Contains("'unset' depends on a variable without a value: NOWHERE", StringComparison.Ordinal));
        Assert.Contains(read.GapsOf(DefinitionGapKind.NotShown), gap => gap.Reason.Contains("'made'", StringComparison.Ordinal));
        TestDocument.AssertNotShown(read, "zzz-token-zzz");
    }

    [Fact]
    public void Annotations_AreAnnotations_AndABuiltImageIsAGap()
    {
        DefinedApplication read = TestDocument.Compose("services: {a: {build: ./a, annotations: {k: v}}}");

        Assert.Equal(["services/a=v"], read.TagsOf("k", TagSource.Annotation));
        Assert.Contains(read.Gaps, gap => gap.Reason.Contains("built from source", StringComparison.Ordinal));
    }

    [Fact]
    public void ForeignContainers_AreReported()
    {
        DefinedApplication read = TestDocument.Compose("services: {a: {image: a, volumes_from: ['container:legacy:ro']}}");

        Assert.Contains("'legacy'", Assert.Single(read.GapsOf(DefinitionGapKind.VolumeUnknown)).Reason, StringComparison.Ordinal);
    }
}
