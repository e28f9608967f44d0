import {
  standardFieldConfigEditorRegistry,
  standardEditorsRegistry,
  standardTransformersRegistry,
  standardTransformers,
  FieldConfigProperty as P,
  FieldType,
  FieldColorModeId,
  ThresholdsMode,
  displayNameOverrideProcessor,
  numberOverrideProcessor,
  stringOverrideProcessor,
  unitOverrideProcessor,
  identityOverrideProcessor,
  valueMappingsOverrideProcessor,
  thresholdsOverrideProcessor,
  dataLinksOverrideProcessor,
  booleanOverrideProcessor,
  PanelPlugin,
} from '@grafana/data';
const nil: any = () => null;
const num = (f: any) => f.type === FieldType.number;
const item = (id: string, process: any, defaultValue?: any, shouldApply: any = () => true): any => ({
  id,
  path: id,
  name: id,
  description: '',
  editor: nil,
  override: nil,
  process,
  settings: {},
  defaultValue,
  shouldApply,
  category: ['Standard options'],
});
export function initRegistries() {
  standardEditorsRegistry.setInit(() =>
    [
      'text',
      'number',
      'slider',
      'boolean',
      'select',
      'radio',
      'links',
      'actions',
      'unit',
      'color',
      'fieldColor',
      'mappings',
      'thresholds',
      'value-mappings',
      'strings',
      'string',
      'multi-select',
      'timezone',
      'stats-picker',
      'field-name',
      'dashboard-uid',
      'unknown',
    ].map((id) => ({ id, name: id, editor: nil }) as any),
  );
  standardFieldConfigEditorRegistry.setInit(() => [
    item(P.Unit, unitOverrideProcessor),
    item(P.Min, numberOverrideProcessor),
    item(P.Max, numberOverrideProcessor),
    item('fieldMinMax', booleanOverrideProcessor),
    item(P.Decimals, numberOverrideProcessor, undefined, num),
    item(P.DisplayName, displayNameOverrideProcessor),
    item(P.Color, identityOverrideProcessor, { mode: FieldColorModeId.PaletteClassic }),
    item(P.NoValue, stringOverrideProcessor),
    item(P.Links, dataLinksOverrideProcessor),
    item(P.Mappings, valueMappingsOverrideProcessor, []),
    item('description', stringOverrideProcessor),
    item(P.Thresholds, thresholdsOverrideProcessor, {
      mode: ThresholdsMode.Absolute,
      steps: [
        { value: -Infinity, color: 'green' },
        { value: 80, color: 'red' },
      ],
    }),
    item(P.Filterable, booleanOverrideProcessor),
  ]);
  standardTransformersRegistry.setInit(() =>
    [...new Map(Object.values(standardTransformers).map((t: any) => [t.id, t])).values()].map(
      (t: any) =>
        ({
          id: t.id,
          name: t.name,
          description: '',
          editor: nil,
          transformation: async () => t,
          imageDark: '',
          imageLight: '',
        }) as any,
    ),
  );
}
// Panel-specific field config ('custom.*'): path -> default.
export function customFields(plugin: PanelPlugin<any, any>, defaults: Record<string, any>, standardOptions: any = {}) {
  return plugin.useFieldConfig({
    standardOptions,
    useCustomConfig: (b: any) => {
      for (const [path, defaultValue] of Object.entries(defaults))
        b.addCustomEditor({
          id: path,
          path,
          name: path,
          editor: nil,
          override: nil,
          process: identityOverrideProcessor,
          shouldApply: () => true,
          defaultValue,
        });
    },
  });
}
