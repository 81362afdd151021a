# frozen_string_literal: true

require "fileutils"
require_relative "../native"

module ShowcaseMemtrim
  class Trim
    # One file of the app, before and after. path: below the app; before: its content, nil where there was no file.
    Edit = Struct.new(:path, :before, :after, keyword_init: true) do
      def changed?
        before != after
      end

      # @return [String] as `git apply` takes it, in the app's directory
      def diff
        Diff.unified(path, before, after)
      end

      # In a copy of the app: what may be a link to the original's file there becomes a file.
      def put_into(directory)
        file = File.join(directory, path)
        FileUtils.mkdir_p(File.dirname(file))
        FileUtils.rm_f(file)
        File.binwrite(file, after)
      end
    end
  end
end
