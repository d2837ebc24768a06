using Waybill.Engine;

namespace Waybill.Samples.Definitions.Tests;

/// <summary>The program of the README.</summary>
internal static class ReadmeProgram
{
    public static async Task<ProtectResult> RunAsync(EngineContext context, string directory)
    {
        #region README
        DefinedApplication shop = ComposeApplication.Read(await File.ReadAllBytesAsync($"{directory}/compose.yaml"), new ComposeOptions
        {
            ProjectName = "shop",
            ProjectDirectory = directory,
            Volumes = new VolumeTable()
                .AddDockerVolume("shop_db-data", "array", new VolumeId("vol-0001"))
                .AddHostPath($"{directory}/uploads", "array", new VolumeId("vol-0002")),
        });
        foreach (DefinitionGap gap in shop.Gaps)
        {
            Console.WriteLine($"{gap.Kind}: {gap.Reference}: {gap.Reason}");
        }

        ProtectResult point = await new ProtectRunner(context).RunAsync(shop.Application);
        #endregion

        return point;
    }
}
