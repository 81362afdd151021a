# frozen_string_literal: true

require_relative "../uses"

module ShowcaseMemtrim
  module Uses
    # The parsers that sources are read with: Prism for Ruby, Erubi for ERB.
    module Parser
      NEEDED = {"prism" => [">= 1.0", "< 3"], "erubi" => ["~> 1.10"]}.freeze

      # What is no syntax error where a source becomes part of something else: a template is a method's body.
      FRAGMENT = %i[
        invalid_yield invalid_block_exit invalid_retry_without_rescue invalid_retry_after_else invalid_retry_after_ensure
        return_invalid write_target_in_method class_in_method module_in_method begin_upcase_toplevel
      ].freeze

      class << self
        # @raise [Error] what to install
        def load
          @load ||= NEEDED.each { |name, versions| load_gem(name, versions) }
        end

        # @param source [String] bytes
        # @return [Array(Prism::Node, String)] the tree, and the first error ("line 3: …"; nil: none)
        def parse(source)
          result = Prism.parse(source, version: "latest")
          error = first_error(result) or return result.value, nil
          older = Prism.parse(source, version: "3.3.0") # newer Rubies refuse some of what older ones took
          first_error(older) ? [result.value, describe(error)] : [older.value, nil]
        end

        private

        def load_gem(name, versions)
          activate(name, versions)
          require name
          raise Error, missing(name, versions) if name == "prism" && !Prism.respond_to?(:parse_success?)
          return if name != "prism" || Gem::Requirement.new(versions).satisfied_by?(Gem::Version.new(Prism::VERSION))
          raise Error, "#{missing(name, versions)} (this is #{Prism::VERSION})"
        rescue LoadError
          raise Error, missing(name, versions)
        end

        # The newest that fits: Ruby 3.3 has a Prism of its own that is too old. Where a bundle decides, it does.
        def activate(name, versions)
          gem(name, *versions)
        rescue LoadError
          nil
        end

        def missing(name, versions)
          "sources are read with #{name}, which is not here: gem install #{name} --version '#{versions.join(", ")}', or with Bundler `bundle add #{name}`"
        end

        def first_error(result)
          result.errors.find { |error| !FRAGMENT.include?(error.type) }
        end

        def describe(error)
          "line #{error.location.start_line}: #{error.message}"
        end
      end
    end
  end
end
