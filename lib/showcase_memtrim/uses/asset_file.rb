# frozen_string_literal: true

require_relative "words"
require_relative "comments"

module ShowcaseMemtrim
  module Uses
    # Styles, scripts and markup: which assets they name, and what of a gem their strings name.
    module AssetFile
      # Sprockets' directives, in comments.
      DIRECTIVE = %r{^\s*(?://|\*|#|/\*)=\s*(?<directive>require|link|stub|depend_on|depend_on_asset|require_tree|require_directory|link_tree|link_directory)\s+["']?(?<path>[^"'\s]+)["']?}
      IMPORT = /(?:@import|@use|@forward|@plugin|@reference|\bimport\b|\bfrom\b|\brequire\b|\bmeta\.load-css)[^"';\n]{0,200}(["'][^;\n]*)/
      CALL = /(?:url|asset-url|image-url|font-url|asset-path|image-path|font-path|asset_path|image_path|font_path|asset_url|image_url|import)\(\s*["']?([^"')\s]+)["']?\s*\)/
      ATTRIBUTE = /\b(?:src|href|data-src|poster|srcset)\s*=\s*["']([^"'\s]+)/
      QUOTED = /["'`]([^"'`\n]{1,250})["'`]/

      class << self
        # @param text [String] valid
        # @param kind [Symbol] :style, :script, :markup
        def read(notes, catalog, text, kind)
          text.each_line.with_index(1) { |content, number| directive(notes, catalog, content, number, kind) } unless kind == :markup
          Comments.without(text, kind).each_line.with_index(1) { |content, number| line_of(notes, catalog, content, number, kind) }
        end

        private

        def directive(notes, catalog, content, number, kind)
          found = DIRECTIVE.match(content) or return
          path = found[:path]
          return if path.start_with?(".") # the app's own
          whole = found[:directive].end_with?("tree", "directory")
          names = whole ? catalog.assets.under("#{path}/") : catalog.assets.named(path, kind)
          notes.use(names, number, :asset, path, :load)
          notes.use(catalog.names[path], number, :mention, path, :load) if names.empty?
        end

        def line_of(notes, catalog, content, number, kind)
          content.scan(IMPORT) { |(rest)| rest.scan(QUOTED) { |(path)| asset(notes, catalog, path, number, kind) } } if kind != :markup
          content.scan(CALL) { |(path)| asset(notes, catalog, path, number, nil) }
          content.scan(ATTRIBUTE) { |(path)| asset(notes, catalog, path, number, nil) } if kind == :markup
          content.scan(QUOTED) { |(text)| quoted(notes, catalog, text, number) } if kind == :script
        end

        def asset(notes, catalog, path, number, kind)
          names = catalog.assets.named(path, (kind if %i[style script].include?(kind)))
          notes.use(names, number, :asset, path, :load)
          path.scan(Words::NAME) { |word| notes.use(catalog.names[word], number, :mention, path, :load) } if names.empty?
        end

        # What a script has in a string may be an asset or a constant. A gem's name there is a word as any other.
        def quoted(notes, catalog, text, number)
          notes.use(catalog.assets.named(text), number, :asset, text, :load) if text.match?(%r{\A[\w./@~-]+\.\w+\z})
          text.scan(Words::CONSTANT) { |word| notes.use(catalog.constant(word), number, :mention, word, :load) } if text.include?("::")
        end
      end
    end
  end
end
