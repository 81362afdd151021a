# frozen_string_literal: true

Mime::Type.register "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", :xlsx
Mime::Type.register "application/pdf", :pdf unless Mime[:pdf]
