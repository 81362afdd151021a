# frozen_string_literal: true

require_relative "ruby_file"
require_relative "template"
require_relative "indented_template"
require_relative "yaml_file"
require_relative "asset_file"
require_relative "comments"

module ShowcaseMemtrim
  module Uses
    # One file of an app, read by what it is. What can't be read as that is named, and its words are looked at.
    class SourceFile
      MARKS = {"\xFF\xFE".b => Encoding::UTF_16LE, "\xFE\xFF".b => Encoding::UTF_16BE}.freeze
      BOM = "\xEF\xBB\xBF".b

      # @param source [Files::Source]
      # @param env [String]
      # @return [Notes]
      def self.read(source, catalog, env)
        new(source, catalog, env).read
      end

      def initialize(source, catalog, env)
        @source = source
        @catalog = catalog
        @env = env
        @notes = Notes.of(source.file, source.role)
      end

      # @return [Notes]
      def read
        named
        return @notes if @source.kind == :name
        @content = File.binread(@source.path).delete_prefix(BOM)
        mark = MARKS.keys.find { |bytes| @content.start_with?(bytes) }
        return broken("it is #{MARKS[mark]}, which Ruby can't read", MARKS[mark]) if mark && parsed?
        send(@source.kind)
        @notes
      rescue SystemCallError => error
        @notes.skipped = error.message[/\A[^@]+/].strip
        @notes
      rescue => error
        broken("#{error.class}: #{error.message.lines.first.to_s.scrub.chomp[0, 100]}")
      end

      # Its words only.
      #
      # @param why [String] it can't be read in another way
      # @return [Notes]
      def words(why)
        @content = File.binread(@source.path)
        broken(why)
      rescue SystemCallError
        @notes.tap { @notes.skipped = why }
      end

      private

      def parsed?
        %i[ruby ruby_template erb yaml indented].include?(@source.kind)
      end

      # What the ends of its name say, and that it stands in place of a gem's template.
      def named
        name = File.basename(@source.file)
        extensions = name.delete_prefix(".").split(".").drop(1)
        if @source.kind != :ruby || Files.view?(@source.file)
          extensions.each { |extension| @notes.use(@catalog.symbols[extension], 1, :template, ".#{extension}", :call) }
        end
        own = @source.file[%r{\Aconfig/([\w-]+)\.(?:rb|ya?ml)\z}, 1]
        @notes.use(@catalog.names[own], 1, :executable, @source.file, :load) if own # which is there for the gem to read
        path = @source.file[%r{(?:\A|/)app/views/(.+?)\.}, 1]
        @notes.use(@catalog.overridden(path), 1, :view, path, :call) if path
      end

      def ruby
        error = RubyFile.read(@notes, @catalog, @content, directory: File.dirname(@source.path))
        broken(error) if error
      end

      def ruby_template
        error = RubyFile.read(@notes, @catalog, @content, at: :call)
        broken(error) if error
      end

      def erb
        ruby = Template.ruby(@content) or return broken("it is not in its encoding")
        error = RubyFile.read(@notes, @catalog, ruby, at: :call)
        return broken(error) if error
        around(Template.text(Template.decode(@content)))
      end

      # What stands around a template's code.
      def around(text)
        case File.basename(@source.file)
        when /\.ya?ml\.erb\z/ then yaml_text(text)
        when /\.(?:js|mjs|coffee|ts)\.erb\z/ then AssetFile.read(@notes, @catalog, text, :script)
        when /\.(?:css|scss|sass)\.erb\z/ then AssetFile.read(@notes, @catalog, text, :style)
        when /\.(?:html|turbo_stream|xml|svg)\b|\A[^.]+\.erb\z/ then AssetFile.read(@notes, @catalog, text, :markup)
        else Words.read(@notes, @catalog, Comments.without(text, :hash), commands: commands?) unless Files.view?(@source.file)
        end
      end

      def indented
        text = utf8 or return broken("it is not UTF-8")
        IndentedTemplate.read(@notes, @catalog, text, slim: @source.file.end_with?(".slim"))
      end

      def yaml
        text = utf8 or return broken("it is not UTF-8")
        if text.include?("<%")
          ruby = Template.ruby(@content)
          error = RubyFile.read(@notes, @catalog, ruby, at: :load)
          return broken(error) if error
          text = YAMLFile.without_tags(text)
        end
        yaml_text(text)
      end

      def yaml_text(text)
        problem = YAMLFile.new(@notes, @catalog, @env, commands: commands?, data: data?).read(text)
        @notes.skipped = problem if problem
      end

      # Texts that somebody made up: no word of them means a gem.
      def data?
        @notes.role == :test && @source.file.match?(%r{(?:\A|/)(?:fixtures|factories|files|data|support/data)/}) || @source.file.match?(%r{(?:\A|/)db/})
      end

      def style
        AssetFile.read(@notes, @catalog, scrubbed, :style)
      end

      def script
        AssetFile.read(@notes, @catalog, scrubbed, :script)
      end

      def text
        return if @content.byteslice(0, 8000).include?("\0")
        return if @source.file.match?(/\.html?\z/)
        Words.read(@notes, @catalog, Comments.without(scrubbed, :hash), commands: commands?)
      end

      def commands?
        @notes.role == :deploy || @notes.role == :task || @source.file.match?(/(?:\A|\/)(?:package\.json|lefthook\.ya?ml|\.overcommit\.yml|\.pre-commit-config\.yaml)\z|\A\.husky\//)
      end

      # @return [String, nil]
      def utf8
        text = @content.dup.force_encoding(Encoding::UTF_8)
        text if text.valid_encoding?
      end

      def scrubbed(encoding = Encoding::UTF_8)
        @content.dup.force_encoding(encoding).encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      end

      def broken(why, encoding = Encoding::UTF_8)
        @notes.skipped = why
        Words.read(@notes, @catalog, Comments.without(scrubbed(encoding), :hash), at: (@source.kind == :ruby) ? :load : :call)
        @notes
      end
    end
  end
end
